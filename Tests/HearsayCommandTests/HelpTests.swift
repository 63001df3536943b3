import Testing

@testable import HearsayCommand

@Suite struct HelpTests {
  @Test func everyHelpFitsTheTerminal() {
    for text in [HearsayProgram.help] + HearsayProgram.commands.map(\.help) {
      for line in text.split(separator: "\n") { #expect(line.count <= HelpText.width, "\(line)") }
      #expect(!text.contains(" \n") && !text.hasSuffix("\n"))
    }
  }

  @Test func everyCommandSaysMore() throws {
    for command in HearsayProgram.commands {
      #expect(HearsayProgram.help.contains("\n  \(command.name)"))
      #expect(command.help.hasPrefix("hearsay \(command.name)"))
      #expect(command.help.hasSuffix(try #require(command.details)))
      for option in command.options { #expect(command.help.contains("\n  --\(option.name)")) }
    }
  }

  @Test func entries() {
    #expect(HelpText.entry("run", "runs", column: 10) == "  run     runs")
    #expect(HelpText.entry("sixsix", "runs", column: 10) == "  sixsix  runs")
    #expect(HelpText.entry("seven77", "runs", column: 10) == "  seven77\n          runs")
    let words = Array(repeating: "word", count: 40).joined(separator: " ")
    let lines = HelpText.entry("run", words, column: 10).split(separator: "\n")
    #expect(lines.map(\.count) == [99, 99, 29])
    #expect(lines[1].hasPrefix("          word"))
    #expect(HelpText.wrapped("one two", indent: 2, used: 97) == "one\n  two")
  }

  @Test func exitCodes() {
    let code = { HearsayProgram.run($0, plugins: []) }
    #expect(code(["sphinx"]) == 2)
    #expect(code(["sphinx", "creat"]) == 2)
    #expect(code(["sphinx", "create", "unwrap"]) == 2)
    #expect(code(["sphinx", "create", "--json"]) == 2)
    #expect(code(["sphynx"]) == 2)
    #expect(code([]) == 2)
  }
}
