/// Rules about what differs from one process to the next: the order of what is hashed, and where things lie in memory.
///
/// They read one file as text. So they know a dictionary or a set by its declaration in the same file, and take any variable of that
/// name for it; what comes from elsewhere they do not know. A line that is right all the same says why in a comment with the words
/// "any order", there or in the line above. What the C library's mathematics would give is out of reach of all these modules: a test of
/// imports sees to it that they do not have that library.
enum OrderRules {
  static let excuse = "any order"

  /// Names of types that stand for a place in memory or for a seed that each process draws.
  private static let ofTheProcess = ["ObjectIdentifier", "hashValue", "Hasher()"]

  /// Members that hand out elements in the order in which they are hashed.
  private static let ordered = [
    "map", "flatMap", "compactMap", "forEach", "filter", "first", "reduce", "prefix", "suffix", "dropFirst", "dropLast",
    "enumerated", "makeIterator", "popFirst", "removeFirst", "joined", "lazy",
  ].joined(separator: "|")

  /// What follows from no seed.
  static func hashedOrder(_ path: String, _ text: String) -> [Finding] {
    let lines = SwiftText(text).lines
    let raw = text.split(separator: "\n", omittingEmptySubsequences: false)
    let uses = declared(in: lines).compactMap { name in use(of: name).map { (name, $0) } }
    var found: [Finding] = []
    for (number, line) in lines.enumerated() {
      let isExcused = raw[max(0, number - 1)...number].contains { $0.contains(excuse) }
      guard !isExcused else { continue }
      for word in ofTheProcess where !places(of: word, in: Array(line.utf8)).isEmpty {
        found.append(Finding(path: path, line: number + 1, what: "'\(word)' differs from process to process"))
      }
      guard !line.contains(".sorted") else { continue }
      for (name, use) in uses where line.contains(use) {
        found.append(
          Finding(path: path, line: number + 1, what: "'\(name)' is hashed: its order differs from process to process"))
      }
    }
    return found
  }

  /// The names of variables that the file declares as dictionaries or sets.
  private static func declared(in lines: [String]) -> [String] {
    let typed = #/\b(?:var|let)\s+(\w+)\s*:\s*(?:\[\s*[\w.]+\s*:|Set<|Dictionary<)/#
    let made = #/\b(?:var|let)\s+(\w+)\s*=\s*(?:Set[<(]|Dictionary[<(]|\[\s*[\w.]+\s*:[^\]]*\]\()/#
    let names = lines.filter { !$0.contains(".sorted") }.flatMap { line in
      line.matches(of: typed).map { String($0.1) } + line.matches(of: made).map { String($0.1) }
    }
    return Set(names).sorted()
  }

  /// How it looks when such a variable is gone through.
  private static func use(of name: String) -> Regex<AnyRegexOutput>? {
    let whole = #"(?:self\.)?\#(name)(?:\.keys|\.values)?"#
    return try? Regex(
      #"\bfor\b.*\bin\s+\#(whole)(?:\s*\{|\s+where\b|\s*$)"#
        + #"|(?:^|[^\w.])\#(whole)\.(?:\#(ordered))\b"# + #"|\bArray\(\#(whole)\)"#)
  }
}
