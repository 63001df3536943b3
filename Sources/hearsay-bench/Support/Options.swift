/// Words that cannot be understood: one sentence, and the program ends with code 2.
struct UsageError: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}

/// What the command line asks for.
struct Options {
  private(set) var names: [String] = []
  private(set) var isJSON = false
  private(set) var isQuick = false
  private(set) var seconds = 1.0
  private(set) var node: String?
  /// Only cases with this in their names; for profiles.
  private(set) var only: String?
  private(set) var wantsHelp = false

  init(_ words: [String], known: [String]) throws(UsageError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--json": isJSON = true
      case "--quick": isQuick = true
      case "--seconds": seconds = try Self.seconds(rest.popFirst())
      case "--node":
        guard let path = rest.popFirst() else { throw UsageError("--node needs a value: the path of a program") }
        node = path
      case "--only":
        guard let text = rest.popFirst() else { throw UsageError("--only needs a value: a part of a case's name") }
        only = text
      case "help", "--help", "-h": wantsHelp = true
      default:
        guard known.contains(word) else {
          throw UsageError("there is no benchmark or option '\(word)' (benchmarks: \(known.joined(separator: ", ")))")
        }
        names.append(word)
      }
    }
    if isQuick { seconds = min(seconds, 0.02) }
  }

  private static func seconds(_ text: String?) throws(UsageError) -> Double {
    guard let value = text.flatMap(Double.init), (0.001...3_600).contains(value) else {
      throw UsageError("--seconds needs a number in 0.001...3600; found '\(text ?? "")'")
    }
    return value
  }
}
