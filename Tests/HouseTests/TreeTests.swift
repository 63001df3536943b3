import Testing

/// The rules of the house, on every file of it.
@Suite struct TreeTests {
  private let sources = Tree.swiftFiles(in: ["Sources"])
  private let all = Tree.swiftFiles(in: ["Sources", "Tests", "Examples", "Fuzz"])

  /// A reader that finds no file would find no breach either.
  @Test func theTreeIsRead() throws {
    #expect(sources.contains("Sources/MixNet/Time.swift"))
    #expect(all.contains("Tests/HouseTests/TreeTests.swift") && all.contains("Fuzz/FuzzTarget.swift"))
    #expect(sources.count > 50)
    let manifest = try manifest()
    #expect(manifest.target(of: "Sources/MixNet/Time.swift")?.dependencies.contains("CSodium") == true)
    #expect(manifest.target(named: "HouseTests")?.kind == "testTarget")
    #expect(manifest.targets.contains { $0.isPlugin })
  }

  @Test func importsRunOneWay() throws {
    let rule = ImportRule(manifest: try manifest())
    let tests = Tree.swiftFiles(in: ["Tests", "Fuzz"])
    try expectNone(sources + tests) { rule.findings($0, $1) }
    #expect(rule.findings(aboutProgram: "hearsay") == [])
  }

  @Test func filesAreShort() throws { try expectNone(all, SourceRules.tooLong) }

  @Test func timeAndChanceComeFromProviders() throws {
    let deterministic = sources.filter(SourceRules.mustBeDeterministic)
    #expect(deterministic.count > 30)
    #expect(deterministic.contains("Sources/HearsaySim/Run/SimRun.swift"))
    try expectNone(deterministic, SourceRules.ownTimeOrChance)
    try expectNone(deterministic, OrderRules.hashedOrder)
  }

  @Test(.enabled("this is no git work tree") { Tree.committedFiles != nil })
  func nothingNamesOneMachine() throws {
    let files = try #require(Tree.committedFiles)
    #expect(files.contains("Package.swift"))
    let others = files.filter { !PlaceRules.isTest($0) }
    // What is committed may be deleted, and need not be text.
    expectNone(others.compactMap { path in Tree.text(path).map { (path, $0) } }, PlaceRules.machinePaths)
    let notThese = files.filter { !$0.hasPrefix("Tests/HouseTests/") }
    expectNone(notThese.compactMap { path in Tree.text(path).map { (path, $0) } }, PlaceRules.registryHosts)
  }

  private func manifest() throws -> Manifest { Manifest(try #require(Tree.text("Package.swift"))) }

  private func expectNone(_ paths: [String], _ rule: (String, String) -> [Finding]) throws {
    expectNone(try paths.map { ($0, try #require(Tree.text($0), "\($0) is a text")) }, rule)
  }

  private func expectNone(_ files: [(String, String)], _ rule: (String, String) -> [Finding]) {
    for (path, text) in files {
      for finding in rule(path, text) { Issue.record("\(finding)") }
    }
  }
}
