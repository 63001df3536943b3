import TOML
import Testing

/// Texts that try to crash the parser: each must give a tree or an error.
@Suite struct HostileTests {
  @Test(
    "fault 25: tables and arrays in each other without end",
    arguments: [
      ("a = ", "[", ""), ("a = ", "{b=", ""), ("", "[", ""), ("a", ".a", " = 1"), ("[a", ".a", "]"),
      ("[[a", ".a", "]]"),
      ("a = ", "[{b.c.d=", ""), ("", "'a'. ", "a = 1"), ("a = [", "[],[", ""), ("a = ", "{b.b.b.b.b.b.b.b = [", ""),
    ])
  func deepNesting(_ head: String, _ part: String, _ tail: String) {
    let text = head + String(repeating: part, count: 100_000) + tail
    #expect(throws: TOMLError.self) { try TOMLTable(parsing: text) }
  }

  @Test func nestingUpToTheLimit() throws {
    let most = TOMLTable.depthMax
    func array(_ depth: Int) -> String {
      "a = " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    // The first bracket counts with its key.
    _ = try TOMLTable(parsing: array(most - 1))
    let error = #expect(throws: TOMLError.self) { try TOMLTable(parsing: array(most)) }
    #expect(error?.description == "1:68: nested deeper than 64 levels")
    let key = Array(repeating: "k", count: most).joined(separator: ".")
    _ = try TOMLTable(parsing: "\(key) = 1")
    #expect(throws: TOMLError.self) { try TOMLTable(parsing: "k.\(key) = 1") }
  }

  @Test func theDeepestTreeIsReadAndFreed() throws {
    // Two levels for each part of the last header, as each is an array of tables; then the key below it.
    let paths = (1...TOMLTable.depthMax - 2).map { Array(repeating: "k", count: $0).joined(separator: ".") }
    let key = Array(repeating: "v", count: TOMLTable.depthMax - 1).joined(separator: ".")
    let table = try TOMLTable(parsing: paths.map { "[[\($0)]]\n" }.joined() + "\(key) = [1]\n")
    var depth = 0
    var node = table.entries.first?.value
    while let inner = node {
      depth += 1
      node = inner.table?.entries.first?.value ?? inner.array?.first?.value
    }
    #expect(depth == 2 * (TOMLTable.depthMax - 2) + TOMLTable.depthMax - 1 + 1)
  }

  @Test func bracketsInStringsAndCommentsDoNotCount() throws {
    let brackets = String(repeating: "[{.=", count: 1000)
    let text = """
      a = "\(brackets)\\"\(brackets)" # \(brackets) "
      b = '\(brackets)\\' # '''
      c = \"\"\"\(brackets)
      \(brackets)\\\"\"\" \"\"\"\"\" # ü
      d = '''\(brackets)
      '' \\''''' # ü
      e = "" # ü
      f = [1.5, 2.5, "x.y.z"] # ü
      """
    let table = try TOMLTable(parsing: text)
    #expect(table.entries.map(\.key) == ["a", "b", "c", "d", "e", "f"])
  }

  @Test("fault 25: lines of a megabyte") func longLines() throws {
    let size = 1 << 20
    let long = String(repeating: "x", count: size)
    #expect(try TOMLTable(parsing: "a = \"\(long)\"")["a"]?.value == .string(long))
    #expect(try TOMLTable(parsing: "\(long) = 1").entries.first?.key == long)
    #expect(try TOMLTable(parsing: "# \(long)").entries.isEmpty)
    let numbers = String(repeating: "1,", count: size / 2)
    #expect(try TOMLTable(parsing: "a = [\(numbers)]")["a"]?.value.array?.count == size / 2)
    #expect(throws: TOMLError.self) { try TOMLTable(parsing: "a = \(long)") }
    #expect(throws: TOMLError.self) { try TOMLTable(parsing: "a = \(String(repeating: "1", count: size))") }
  }

  @Test func tooLargeIsAnError() {
    let most = String(repeating: " ", count: TOMLTable.sizeMax)
    #expect(throws: Never.self) { try TOMLTable(parsing: most) }
    let error = #expect(throws: TOMLError.self) { try TOMLTable(parsing: most + " ") }
    #expect(error?.message == "the file is larger than 2 MiB")
  }

  @Test(arguments: [
    "a\u{0}", "a = \"\u{0}\"", "a = 1 # \u{0}", "ü = 1", "a.ü = 1", "[ü]", "a\u{a0}= 1", "a = ü", "\"", "'''", "[", "=",
    "a = \"\\", "a = \"\"\"\\", "a = \"\\u00", "a = \"\\ud800\"",
  ])
  func brokenText(_ text: String) {
    #expect(throws: TOMLError.self) { try TOMLTable(parsing: text) }
  }

  @Test(
    "fault 25: TOML that is no UTF-8",
    arguments: [
      ("", [0x00]), ("", [0xef, 0xbb]), ("", [0xff, 0xfe, 0x61, 0x00]), ("a = \"", [0xc3]), ("a = \"", [0xe2, 0x82]),
      ("a = '''", [0xf0, 0x9f, 0x98]), ("# ", [0xc3]), ("a = \"", [0xc0, 0x80, 0x22]),
      ("a = \"", [0xed, 0xa0, 0x80, 0x22]),
      ("a = \"", [0xf4, 0x90, 0x80, 0x80, 0x22]),
    ] as [(String, [UInt8])])
  func brokenUTF8(_ head: String, _ tail: [UInt8]) {
    #expect(throws: TOMLError.self) { try TOMLTable(parsing: Array(head.utf8) + tail) }
  }

  @Test func messagesAreOneLine() {
    for text in ["a = \u{7}", "a = \"\n\"", "[\"\\n\"]\n[\"\\n\"]\n", "\u{1b}[31m = 1"] {
      let error = #expect(throws: TOMLError.self) { try TOMLTable(parsing: text) }
      #expect(error?.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } == true)
    }
  }

  @Test("fault 25: any bytes at all") func randomBytes() {
    var random = SplitMix(state: 1)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = try? TOMLTable(parsing: bytes)
    }
  }

  /// Pieces of the grammar in a random order reach further than bytes do.
  @Test func randomPieces() {
    let pieces = [
      "a", "b.c", "\"k\"", "''", " = ", "=", "[", "]", "[[", "]]", "{", "}", ",", "\n", "\r\n", "\r", " ", "\t", "# c",
      ".", "1", "-0", "0x1F", "1_0", "1e9", "inf", "nan", "true", "false", "1979-05-27", "T07:32:00",
      "07:32:00.999999999999", "Z", "-07:00", "\"", "\"\"\"", "'", "'''", "\\", "\\u00e9", "ü", "\u{0}", "\u{feff}",
      "_", "+", "9223372036854775808",
    ]
    var random = SplitMix(state: 2)
    var read = 0
    for _ in 0..<50_000 {
      let count = Int.random(in: 1...14, using: &random)
      let text = (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
      if (try? TOMLTable(parsing: text)) != nil { read += 1 }
    }
    #expect(read > 100)
  }

  /// Every file of the suite with one byte changed.
  @Test func changedFiles() throws {
    var random = SplitMix(state: 3)
    for file in try Vectors.files(under: "valid") {
      var bytes = try Vectors.bytes(file)
      for _ in 0..<20 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        _ = try? TOMLTable(parsing: bytes)
      }
    }
  }
}

/// A small seeded generator (Steele, Lea and Flood 2014), so that a failure comes again.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
