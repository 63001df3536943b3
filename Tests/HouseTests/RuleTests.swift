import Testing

/// The rules themselves: each must catch what it is for, and nothing else.
@Suite struct RuleTests {
  private let manifest = Manifest(
    """
    // .target(name: "Gone", dependencies: ["SimNet"]),
    let package = Package(name: "hearsay", targets: [
      .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
      .target(name: "CTOML", cxxSettings: [.define("NDEBUG")]),
      .target(name: "MixNet", dependencies: ["CSodium"]),
      .target(name: "MixHost", dependencies: ["MixNet", "TOML"], swiftSettings: [.define("A", .when(b: ["c"]))]),
      .target(name: "LinuxNet", dependencies: ["MixNet"]),
      .target(name: "SimNet", dependencies: ["MixNet"]), .target(name: "MixHostTesting", dependencies: ["MixHost"]),
      .target(name: "Relay", dependencies: ["MixHost", "MixNet"], path: "Sources/Plugins/Relay"),
      .target(name: "Sphinx", dependencies: ["MixHost"], path: "Sources/Plugins/Sphinx"),
      .target(name: "HearsayCommand", dependencies: ["MixHost", "Relay", "LinuxNet"]),
      .target(name: "Strange"),
      .executableTarget(name: "hearsay", dependencies: ["HearsayCommand", "Relay"]),
      .executableTarget(name: "hearsay-sim", dependencies: ["HearsayCommand", "SimNet"]),
      .testTarget(name: "RelayTests", dependencies: ["Relay"]),
    ])
    """)

  @Test func theManifestIsUnderstood() {
    #expect(manifest.targets.count == 14)
    #expect(manifest.target(named: "MixHost")?.dependencies == ["MixNet", "TOML"])
    #expect(manifest.target(named: "CTOML")?.dependencies == [])
    #expect(manifest.target(named: "MixHostTesting")?.dependencies == ["MixHost"])
    #expect(manifest.target(of: "Sources/Plugins/Relay/A.swift")?.name == "Relay")
    #expect(manifest.target(of: "Sources/MixHostTesting/A.swift")?.name == "MixHostTesting")
    #expect(manifest.parts(of: "Relay") == ["Relay", "MixHost", "MixNet", "TOML", "CSodium"])
  }

  @Test(arguments: [
    ("MixNet/A.swift", "import MixHost"),
    ("MixNet/A.swift", "import Foundation"),
    ("MixNet/A.swift", "public import struct Foundation.Date"),
    ("MixNet/A.swift", "import Glibc"),
    ("MixNet/A.swift", "import CTOML"),
    ("MixHost/A.swift", "import Relay"),
    ("MixHost/A.swift", "  @preconcurrency package import LinuxNet // why not"),
    ("MixHost/A.swift", "import MixNet; import Dispatch"),
    ("MixHost/A.swift", "import CSodium"),
    ("LinuxNet/A.swift", "import MixHost"),
    ("LinuxNet/A.swift", "import Foundation"),
    ("SimNet/A.swift", "import MixHost"),
    ("SimNet/A.swift", "import Glibc"),
    ("MixHostTesting/A.swift", "import LinuxNet"),
    ("Plugins/Relay/A.swift", "@testable import Sphinx"),
    ("Plugins/Relay/A.swift", "import LinuxNet"),
    ("Plugins/Relay/A.swift", "import SimNet"),
    ("Plugins/Relay/A.swift", "import HearsayCommand"),
    ("Plugins/Relay/A.swift", "import TOML"),
    ("Plugins/Relay/A.swift", "import FoundationEssentials"),
    ("HearsayCommand/A.swift", "import SimNet"),
    ("HearsayCommand/A.swift", "import Sphinx"),
    ("hearsay/A.swift", "import SimNet"),
    ("Strange/A.swift", "import MixNet"),
    ("Unknown/A.swift", ""),
  ])
  func aWrongArrowIsFound(_ path: String, _ text: String) {
    let found = ImportRule(manifest: manifest).findings("Sources/" + path, "/* text */\n" + text)
    #expect(found.count == 1)
    #expect(found.allSatisfy { $0.line == 2 || path.hasPrefix("Strange") || path.hasPrefix("Unknown") })
  }

  @Test(arguments: [
    ("Sources/MixNet/A.swift", "import CSodium\nimport Synchronization"),
    ("Sources/MixHost/A.swift", "public import MixNet\nlet a = \"\"\"\n  import Relay\n  \"\"\"\n// import Relay"),
    ("Sources/LinuxNet/A.swift", "import Glibc\nimport MixNet"),
    ("Sources/Plugins/Relay/A.swift", "import MixHost\npackage import func MixNet.f"),
    ("Sources/HearsayCommand/A.swift", "import Foundation\nimport Relay\nimport LinuxNet\nlet x = y.import"),
    ("Sources/hearsay-sim/A.swift", "import SimNet\nimport HearsayCommand"),
    ("Tests/RelayTests/A.swift", "import Foundation\n@testable import Relay"),
  ])
  func aRightArrowIsNone(_ path: String, _ text: String) {
    #expect(ImportRule(manifest: manifest).findings(path, text) == [])
  }

  @Test func aTestImportsWhatIsListed() {
    let found = ImportRule(manifest: manifest).findings("Tests/RelayTests/A.swift", "import MixHost")
    #expect(found.map(\.what) == ["imports 'MixHost', which Package.swift does not list for 'RelayTests'"])
  }

  @Test func theSimulatorIsNoPartOfTheNode() {
    let rule = ImportRule(manifest: manifest)
    #expect(rule.findings(aboutProgram: "hearsay") == [])
    #expect(rule.findings(aboutProgram: "hearsay-sim").count == 1)
  }

  @Test func aLongFileIsFound() {
    let line = "let a = 1\n"
    #expect(SourceRules.tooLong("A.swift", String(repeating: line, count: 500)) == [])
    #expect(SourceRules.tooLong("A.swift", String(repeating: line, count: 501)).count == 1)
    #expect(SourceRules.tooLong("A.swift", String(repeating: line, count: 500) + "let b = 2").count == 1)
  }

  @Test(arguments: [
    "let a = Date()", "let a = Date(timeIntervalSince1970: 0)", "let c = ContinuousClock()", "c = ContinuousClock.now",
    "var g = SystemRandomNumberGenerator()", "list.shuffled()", "list.shuffle()", "list.randomElement()",
    "Int.random(in: 0..<5)", "Bool.random()", "let a: Int = .random(in: 0..<5)", "f(.random())",
    "Int.random(\n  in: f(using: a)[0]..<5)\nf(using: a)",
    "Task.detached {}", "Task { }", "func f() async {}", "func f() async", "clock_gettime(CLOCK_MONOTONIC, &t)",
    "let a = \"\\(Date())\"", "let a = #\"\"\" x \\#(list.shuffled()) \"\"\"#", "/* /* */ */ let a = Date()",
    "let a = \"\\\\\" + Date().description // \"",
  ])
  func timeAndChanceAreFound(_ text: String) {
    let found = SourceRules.ownTimeOrChance("Sources/MixHost/A.swift", "\n\n" + text)
    #expect(found.count == 1)
    #expect(found.first?.line == 3)
  }

  @Test(arguments: [
    "// Date() would be async here", "/* Task { /* async */ Date() */", "let a = \"Date() \\\" Task.yield()\"",
    "let update(a)", "let a = update(b) + toDate(c)", "FileTask.read()", "let asyncness = isasync",
    "list.shuffled(using: &random)", "Int.random(in: 0..<f(5), using: &random)", "stream.randomly(in: 3)",
    "builder.random()", "f(x)[3].random()", ".random(index, &random)", "let a = TOMLMoment.Date(year: 1)",
    "let a = #\" \\(Date()) \"#", "let a = \"\"\"\n  Date() \"quoted\" async\n  \"\"\"",
    "let a = #\"\"\"\n Date()\\#n \"\"\"#",
  ])
  func whatOnlyLooksLikeTimeOrChanceIsNone(_ text: String) {
    #expect(SourceRules.ownTimeOrChance("Sources/MixHost/A.swift", text) == [])
  }

  @Test(arguments: [
    "for (name, count) in table { say(name) }", "for value in table.values where value > 0 {}",
    "for key in self.table.keys {",
    "let names = table.map(\\.key)", "let names = table.keys.joined()", "if let one = table.first {}",
    "let all = Array(table.values)", "seen.forEach { print($0) }", "let one = seen.popFirst()",
    "let sum = seen.filter { $0 > 1 }", "f(seen.compactMap { $0 })", "let id = ObjectIdentifier(T.self)",
    "let hash = name.hashValue", "var hasher = Hasher()",
  ])
  func hashedOrderIsFound(_ use: String) {
    let text = "var table: [String: Int] = [:]\nprivate var seen = Set<Int>()\n" + use
    let found = OrderRules.hashedOrder("Sources/MixHost/A.swift", text)
    #expect(found.map(\.line) == [3])
  }

  @Test(arguments: [
    "for key in table.keys.sorted() {}", "let names = table.map(\\.key).sorted()", "table[name] = 5",
    "if seen.contains(5) {}",
    "let count = table.count { $0.value > 1 }", "table.removeValue(forKey: name)",
    "for name in names where table[name] == nil {",
    "let some = list.map { table[$0] }", "other.table.forEach { }", "// for (name, count) in table {",
    "let text = \"for x in table {\"", "for value in table.values {  // a sum: any order will do",
    "// Any order will do, or rather: any order.\nfor value in table.values {", "for seenOnce in list {}",
  ])
  func whatHasNoOrderIsNone(_ use: String) {
    let text = "var table: [String: Int] = [:]\nprivate var seen = Set<Int>()\n" + use
    #expect(OrderRules.hashedOrder("Sources/MixHost/A.swift", text) == [])
  }

  @Test func theRuleAboutTimeKnowsItsModules() {
    for path in [
      "MixNet/A.swift", "MixHost/B/A.swift", "Plugins/Relay/A.swift", "SimNet/A.swift", "HearsaySim/Run/A.swift",
      "GossipSim/A.swift",
    ] {
      #expect(SourceRules.mustBeDeterministic("Sources/" + path))
    }
    for path in [
      "LinuxNet/A.swift", "HearsayCommand/A.swift", "MixHostTesting/A.swift", "HearsaySim/Program/Stopwatch.swift",
    ] {
      #expect(!SourceRules.mustBeDeterministic("Sources/" + path))
    }
  }

  @Test(arguments: PlaceRules.folders, ["see ^a", "cd ^me", "\"^x\"", "file://^x", "HOME=^", "\n^x"])
  func aFolderOfOneMachineIsFound(_ folder: String, _ text: String) {
    let text = text.replacing("^", with: folder)
    #expect(PlaceRules.machinePaths("README.md", text).count == 1)
  }

  @Test(arguments: PlaceRules.folders, ["state^a", "$root^.build", "https://a.b^", "${d}^", ".^x"])
  func otherFoldersAreNone(_ folder: String, _ text: String) {
    #expect(PlaceRules.machinePaths("README.md", text.replacing("^", with: folder)) == [])
    #expect(PlaceRules.machinePaths("README.md", folder.dropLast() + "s/") == [])
  }

  @Test func fiveFoldersAndEightRegistriesAreKnown() {
    #expect(PlaceRules.folders.contains { $0.hasPrefix("/ho") && $0.hasSuffix("me/") })
    #expect(PlaceRules.folders.count == 5)
    #expect(Set(PlaceRules.registries).count == 8)
  }

  @Test func aRegistryIsFound() {
    for host in PlaceRules.registries {
      #expect(PlaceRules.registryHosts("dev", "curl https://\(host)/simple").count == 1)
      #expect(PlaceRules.registryHosts("Dockerfile", "FROM \(host)/library/debian:12\n").map(\.line) == [1])
      #expect(PlaceRules.registryHosts("dev", "apt-get install libsodium-dev # \(host)x, my\(host)_") == [])
    }
    #expect(PlaceRules.isTest("Tests/A.swift") && PlaceRules.isTest("Examples/E/Tests/A.swift"))
    #expect(!PlaceRules.isTest("Sources/Tests.swift"))
  }
}
