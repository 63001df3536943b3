import MixHost

/// `default_config`.
func checkDefaultConfig(_ conformance: StageConformance) throws(Finding) {
  let stage = conformance.stage
  var findings: [String] = []
  if !isSnakeCase(stage.name) { findings.append("the stage's name '\(stage.name)' is not lower_snake_case") }
  if stage.summary.isEmpty { findings.append("the descriptor has no summary") }
  let file = ConfigFile(text: conformance.config)
  _ = read(stage, from: file)
  file.finish()
  findings += file.mistakes.map(\.description)
  if !file.mistakes.isEmpty, conformance.config.isEmpty {
    findings.append("if it has required keys, give a configuration: StageConformance(..., config:)")
  }
  for key in file.keys { findings += faults(of: key, stage) }
  if !findings.isEmpty { throw Finding(findings.joined(separator: "; ")) }
}

/// What is wrong with one key.
private func faults(of key: KeyDescription, _ stage: StageDescriptor) -> [String] {
  var faults: [String] = []
  if !isSnakeCase(key.key) { faults.append("the key '\(key.key)' is not lower_snake_case") }
  if !key.doc.contains(" ") { faults.append("the key '\(key.key)' has no sentence that says what it is") }
  let isBounded = ["integer", "float", "size", "word", "number"].contains { key.type.contains($0) }
  if isBounded, key.allowed.isEmpty { faults.append("the key '\(key.key)' takes any \(key.type): give it a range") }
  if let preset = key.preset {
    let file = ConfigFile(text: "[\(key.table)]\n\(key.key) = \(preset)\n", name: "default")
    _ = read(stage, from: file)
    for mistake in file.mistakes where mistake.position >= .file("default", line: 2, column: 1) {
      faults.append("the default of '\(key.key)' is not allowed: \(mistake.sentence)")
    }
  }
  return faults
}

private func isSnakeCase(_ name: String) -> Bool {
  guard let first = name.utf8.first, (0x61...0x7a).contains(first) else { return false }
  return name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f }
}
