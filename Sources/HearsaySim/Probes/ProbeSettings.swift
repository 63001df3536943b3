/// What a run does with the probes in the nodes' code.
struct ProbeSettings: Sendable {
  /// Points make trouble that nodes must survive.
  var isBuggy = false
  /// The one mistake that is planted.
  var planted: String?

  /// The words that say the same.
  var words: String { (isBuggy ? "" : " --no-buggify") + (planted.map { " --plant \($0)" } ?? "") }

  /// The options that `run` and `sweep` have for it.
  static let options = ["plant"]
  static let switches = ["no-buggify"]
}

extension ProbeSettings {
  init(_ words: Words) throws(WrongWords) {
    isBuggy = SimProbes.areBuilt && !words.has("no-buggify")
    guard let name = words.value("plant") else { return }
    guard SimProbes.areBuilt else { throw WrongWords(sentence: SimProbes.missing) }
    let known = ProbePoint.all.filter { $0.kind == .planted }.map(\.name)
    guard known.contains(name) else {
      throw WrongWords(sentence: "no mistake is named '\(name)' (\(known.joined(separator: ", ")))")
    }
    planted = name
  }
}
