import Testing

/// `docs/reliability.md` says what is tested, and nothing else.
@Suite struct FaultTableTests {
  @Test func everyFaultHasItsTestsOrIsOpen() throws {
    let page = try #require(Tree.text("docs/reliability.md"))
    var tests: [(name: String, numbers: [Int])] = []
    for path in Tree.swiftFiles(in: ["Tests"]) where !path.hasPrefix("Tests/HouseTests/") {
      tests += FaultTable.tests(in: path, try #require(Tree.text(path)))
    }
    #expect(tests.count > 60)
    for finding in FaultTable.findings(page, tests) { Issue.record("\(finding)") }
  }

  @Test func titlesAreRead() {
    let text = """
      @Suite struct ATests {
        @Test("fault 7: a peer vanishes", arguments: [0, 1])
        func vanishes(_ number: Int) {}
        @Test(
          "fault 18, fault 37: a process stands still", arguments: [30])
        func standsStill() async throws {}
        @Test("another one") func other() {}
        @Test func last() {}
      }
      """
    let found = FaultTable.tests(in: "Tests/SimNetTests/Town/ATests.swift", text)
    #expect(found.map(\.name) == ["SimNetTests.ATests/vanishes", "SimNetTests.ATests/standsStill"])
    #expect(found.map(\.numbers) == [[7], [18, 37]])
  }

  @Test func whatDoesNotFitIsFound() {
    func page(_ change: (Int) -> String) -> String { (1...FaultTable.count).map(change).joined(separator: "\n") }
    func row(_ number: Int, _ tests: String) -> String { "| \(number) | f | e | \(tests) | 1 |" }
    let tests = [(name: "A.B/c", numbers: [1, 2])]
    let good = page { row($0, $0 < 3 ? "`A.B/c`" : "open: not yet") }
    #expect(FaultTable.rows(of: good).count == FaultTable.count)
    #expect(FaultTable.findings(good, tests) == [])
    let bad: [(Int, String)] = [
      (1, "`A.B/gone`<br>`A.B/c`"), (2, "open"), (3, "`A.B/c`"), (4, ""), (5, "open, but `A.B/c`"),
    ]
    for (number, cell) in bad {
      let found = FaultTable.findings(page { row($0, $0 == number ? cell : $0 < 3 ? "`A.B/c`" : "open") }, tests)
      #expect(!found.isEmpty, "\(cell) fits fault \(number)")
    }
    #expect(!FaultTable.findings(page { $0 == 9 ? "" : row($0, $0 < 3 ? "`A.B/c`" : "open") }, tests).isEmpty)
    #expect(!FaultTable.findings(good, tests + [("A.B/d", [99])]).isEmpty)
  }
}
