import Foundation
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay demo --gossip` as its users run it.
@Suite struct GossipDemoTests {
  @Test func everyMessageComesToEveryNode() throws {
    let demo = try Program(["demo", "--gossip", "--nodes", "6", "--messages", "300", "--json"], in: try Folder())
    #expect(demo.exitCode(within: 240) == 0, "\(demo.errors)")
    let answer = try #require(demo.answer)
    for name in ["missing", "duplicates", "wrong"] { #expect(answer[name]?.int == 0, "\(name)") }
    // What was on its way to the node that was killed may be gone with it: a window of 16 messages at most, and what it had taken.
    let published = answer["published"]?.int ?? 0
    let lost = answer["lost_with_killed"]?.int ?? 0
    #expect((284...300).contains(published + lost) && lost <= 100 / 6 + 1)
    // Six nodes but the one that was killed, and of the last third the one that joined.
    #expect(answer["expected"]?.int == published * 5 + 100)
    #expect((answer["delivered"]?.int ?? 0) >= (answer["expected"]?.int ?? .max))
    #expect(demo.errors.contains("was killed") && demo.errors.contains("joins"))
  }

  @Test func wrongWords() throws {
    for words in [
      ["--nodes", "2"], ["--features", "sphinx"], ["--file", "x"], ["--messages", "1"], ["--size", "7"],
    ] {
      let demo = try Program(["demo", "--gossip"] + words, in: try Folder())
      #expect(demo.exitCode() == 2, "\(words)")
    }
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGKILL]) func anEndedDemoLeavesNoProcess(signal: Int32) throws {
    let folder = try Folder()
    let demo = try Program(["demo", "--gossip", "--nodes", "3", "--messages", "200000", "--size", "100"], in: folder)
    try #require(eventually(within: 120) { demo.errors.contains("every node knows") }, "\(demo.errors)")
    let nodes = demo.errors.split(separator: "process ").dropFirst().compactMap { Int32($0.prefix { $0.isNumber }) }
    #expect(nodes.count >= 3)
    demo.signal(signal)
    #expect(demo.exitCode() == (signal == SIGKILL ? nil : 1))
    for node in nodes { #expect(eventually { kill(node, 0) != 0 }, "process \(node) lives on") }
    #expect(signal == SIGKILL || !folder.names(in: ".").contains { $0.hasPrefix("hearsay-") })
  }
}
