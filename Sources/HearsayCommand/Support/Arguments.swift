import MixHost

/// A command line that cannot be understood: one sentence, and the program ends with code 2.
struct UsageError: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}

/// A command that could not do its work: one sentence, and the program ends with code 1.
struct CommandError: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}

/// One option of a command.
struct Option: Sendable {
  let name: String
  /// What its value is called in the help; nil for a switch.
  let value: String?
  let doc: String

  init(_ name: String, _ value: String? = nil, _ doc: String) {
    self.name = name
    self.value = value
    self.doc = doc
  }
}

/// The words of one command, taken apart by what the command says it takes.
struct Arguments {
  private var values: [String: String] = [:]
  private var switches: [String] = []
  /// What is no option, in order.
  let plain: [String]

  init(_ words: [String], options: [Option], plainMax: Int) throws(UsageError) {
    var plain: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--"), word != "--" else {
        plain.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard let option = options.first(where: { $0.name == name }) else {
        let names = options.map { "--" + $0.name }
        let list = names.isEmpty ? "none" : names.joined(separator: ", ")
        throw UsageError("there is no option '--\(name)'\(didYouMean("--" + name, in: names)) (options: \(list))")
      }
      guard let valueName = option.value else {
        if parts.count == 2 { throw UsageError("--\(name) takes no value") }
        switches.append(name)
        continue
      }
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
        throw UsageError("--\(name) needs a value: \(valueName)")
      }
      if values[name] != nil { throw UsageError("--\(name) is given twice") }
      values[name] = value
    }
    guard plain.count <= plainMax else { throw UsageError("'\(plain[plainMax])' is one word too many") }
    self.plain = plain
  }

  func has(_ name: String) -> Bool { switches.contains(name) }
  func text(_ name: String) -> String? { values[name] }

  func required(_ name: String) throws(UsageError) -> String {
    guard let value = values[name] else { throw UsageError("--\(name) is missing") }
    return value
  }

  func int(_ name: String, default preset: Int, in range: ClosedRange<Int>) throws(UsageError) -> Int {
    guard let text = values[name] else { return preset }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        "--\(name) must be a whole number in \(range.lowerBound)...\(range.upperBound); found '\(text)'")
    }
    return value
  }
}
