/// The table of faults in `docs/reliability.md`, and the tests that name them.
enum FaultTable {
  /// The faults are numbered from 1 to this.
  static let count = 37

  /// One row: a fault, and the tests that its last but one column names.
  struct Row: Equatable {
    let number: Int
    let tests: [String]
    let isOpen: Bool
  }

  /// The rows of a page: lines that begin with a number between bars.
  static func rows(of page: String) -> [Row] {
    page.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { trimmed($0) }
      guard cells.count >= 7, cells[0].isEmpty, let number = Int(cells[1]) else { return nil }
      let pieces = cells[4].split(separator: "`", omittingEmptySubsequences: false)
      let tests = pieces.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
      return Row(number: number, tests: tests, isOpen: cells[4].hasPrefix("open"))
    }
  }

  /// The tests of a file whose titles name faults, `fault 7: ...` or `fault 18, fault 37: ...`: each with its numbers.
  static func tests(in path: String, _ text: String) -> [(name: String, numbers: [Int])] {
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[0] == "Tests", let file = parts.last?.split(separator: ".").first else { return [] }
    var found: [(name: String, numbers: [Int])] = []
    for piece in text.components(behind: "@Test(") {
      let title = piece.drop { $0.isWhitespace }
      guard title.hasPrefix("\"fault "), let end = title.firstIndex(of: ":") else { continue }
      let words = title[title.index(after: title.startIndex)..<end].split(separator: ",")
      let numbers = words.compactMap { Int(trimmed($0).split(separator: " ").last ?? "") }
      guard numbers.count == words.count, let name = piece.components(behind: "func ").first else { continue }
      let function = name.prefix { $0 != "(" }
      found.append(("\(parts[1]).\(file)/\(function)", numbers))
    }
    return found
  }

  /// What does not fit between a page and the tests.
  static func findings(_ page: String, _ tests: [(name: String, numbers: [Int])]) -> [Finding] {
    let rows = rows(of: page)
    var what: [String] = []
    for number in 1...count {
      let own = rows.filter { $0.number == number }
      if own.count != 1 { what.append("fault \(number) has \(own.count) rows") }
      guard let row = own.first else { continue }
      if row.isOpen != row.tests.isEmpty { what.append("fault \(number) must name tests, or say that it is open") }
      for name in row.tests where !tests.contains(where: { $0.name == name && $0.numbers.contains(number) }) {
        what.append("fault \(number) names '\(name)', which is no test whose title names it")
      }
      for test in tests where test.numbers.contains(number) && !row.tests.contains(test.name) {
        what.append("fault \(number) does not name '\(test.name)'")
      }
    }
    for test in tests where !test.numbers.allSatisfy({ (1...count).contains($0) }) {
      what.append("'\(test.name)' names a fault that there is not")
    }
    return what.map { Finding(path: "docs/reliability.md", line: 0, what: $0) }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest.drop { $0.isWhitespace })
  }
}

extension StringProtocol {
  /// What follows each occurrence of `mark`, up to the next one.
  fileprivate func components(behind mark: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = Substring(self)
    while let hit = rest.firstRange(of: mark) {
      rest = rest[hit.upperBound...]
      parts.append(rest[..<(rest.firstRange(of: mark)?.lowerBound ?? rest.endIndex)])
    }
    return parts
  }
}
