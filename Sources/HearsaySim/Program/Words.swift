/// A command line that cannot be understood: one sentence, and the program ends with code 2.
struct WrongWords: Error {
  let sentence: String
  /// False when the words are right and a file that they name is not: its mistakes are said as they are.
  var isAboutWords = true
}

/// The words behind a command's name: options with a value and switches, each at most once.
struct Words {
  private var values: [(name: String, value: String)] = []
  private var switches: [String] = []

  init(_ words: [String], options: [String], switches known: [String]) throws(WrongWords) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else { throw WrongWords(sentence: "'\(word)' is no option") }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard value(name) == nil, !has(name) else { throw WrongWords(sentence: "--\(name) is given twice") }
      if known.contains(name), parts.count == 1 {
        switches.append(name)
      } else if options.contains(name) {
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
          throw WrongWords(sentence: "--\(name) needs a value")
        }
        values.append((name, value))
      } else {
        let names = (options + known).map { "--" + $0 }.joined(separator: ", ")
        throw WrongWords(sentence: "there is no such option as '\(word)' (options: \(names))")
      }
    }
  }

  func has(_ name: String) -> Bool { switches.contains(name) }
  func value(_ name: String) -> String? { values.first { $0.name == name }?.value }

  func int(_ name: String, default preset: Int, in range: ClosedRange<Int>) throws(WrongWords) -> Int {
    guard let text = value(name) else { return preset }
    guard let value = Int(text), range.contains(value) else {
      throw WrongWords(
        sentence: "--\(name) must be a whole number in \(range.lowerBound)...\(range.upperBound); found '\(text)'")
    }
    return value
  }

  /// One of the words that a kind has for its cases.
  func choice<Kind: CaseIterable & RawRepresentable<String>>(
    _ name: String, default preset: Kind
  ) throws(WrongWords) -> Kind {
    guard let text = value(name) else { return preset }
    guard let kind = Kind(rawValue: text) else {
      let all = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw WrongWords(sentence: "--\(name) must be one of \(all); found '\(text)'")
    }
    return kind
  }
}
