/// What a run does with the probes in the nodes' code.
struct ProbeSettings: Sendable {
  /// Points make trouble that nodes must survive.
  var isBuggy = false
  /// The one mistake that is planted.
  var planted: String?

  /// The words that say the same: a swarm makes trouble of itself, other runs when they are told to.
  func words(isSwarm: Bool) -> String {
    let trouble = isBuggy == isSwarm ? "" : isBuggy ? " --buggify" : " --no-buggify"
    return trouble + (planted.map { " --plant \($0)" } ?? "")
  }

  /// The options that `run` and `sweep` have for it.
  static let options = ["plant"]
  static let switches = ["buggify", "no-buggify"]
}

extension ProbeSettings {
  init(_ words: Words) throws(WrongWords) {
    guard !words.has("buggify") || !words.has("no-buggify") else {
      throw WrongWords(sentence: "--buggify and --no-buggify say opposite things")
    }
    guard SimProbes.areBuilt || (!words.has("buggify") && words.value("plant") == nil) else {
      throw WrongWords(sentence: SimProbes.missing)
    }
    isBuggy = SimProbes.areBuilt && (words.has("swarm") || words.has("buggify")) && !words.has("no-buggify")
    guard let name = words.value("plant") else { return }
    let known = ProbePoint.all.filter { $0.kind == .planted }.map(\.name)
    guard known.contains(name) else {
      throw WrongWords(sentence: "no mistake is named '\(name)' (\(known.joined(separator: ", ")))")
    }
    planted = name
  }
}
