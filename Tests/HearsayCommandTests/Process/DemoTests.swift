import Foundation
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay demo` as its users run it.
@Suite struct DemoTests {
  private func number(_ name: String, _ answer: JSON) -> Int { answer[name]?.int ?? -1 }

  @Test(arguments: ["sphinx", ""]) func everyPacketIsAccountedFor(features: String) throws {
    let demo = try Program(
      ["demo", "--messages", "200", "--features", features, "--json"], in: try Folder())
    #expect(demo.exitCode() == 0, "\(demo.errors)")
    let answer = try #require(demo.answer)
    #expect(number("nodes", answer) == 3)
    for name in ["sent", "delivered", "replied", "verified"] { #expect(number(name, answer) == 200, "\(name)") }
    for name in ["lost", "dropped"] { #expect(number(name, answer) == 0, "\(name)") }
    #expect(answer["packets_per_second"] != nil)
    #expect(answer["latency_ms"]?["p50"] != nil && answer["latency_ms"]?["p99"] != nil)
  }

  @Test(arguments: ["sphinx", ""]) func aFileGoesThereAndBack(features: String) throws {
    let folder = try Folder()
    try folder.write("file", (0..<300_000).map { _ in UInt8.random(in: 0...255) })
    let demo = try Program(["demo", "--file", "file", "--features", features, "--json"], in: folder)
    #expect(demo.exitCode() == 0, "\(demo.errors)")
    let answer = try #require(demo.answer)
    #expect(number("bytes", answer) == 300_000 && number("verified", answer) == number("sent", answer))
  }

  /// The others go on, the node is started again and found again, and what was lost with it is told.
  @Test(arguments: ["sphinx", ""]) func theMiddleIsKilled(features: String) throws {
    let count = features.isEmpty ? 300_000 : 8_000
    let demo = try Program(
      ["demo", "--messages", "\(count)", "--features", features, "--json"], in: try Folder())
    try #require(eventually { demo.errors.contains("ready:") })
    usleep(300_000)
    let middle = features.isEmpty ? "relay-2" : "mix-2"
    kill(try process(middle, demo.errors), SIGKILL)
    #expect(demo.exitCode() == 1)
    #expect(demo.errors.contains("has died (signal 9); it is started again"))
    let answer = try #require(demo.answer)
    let loss = try #require(answer["lost_with"]?.list?.first)
    #expect(loss["node"]?.text == middle && loss["cause"]?.text == "signal 9")
    #expect(number("lost", loss) == number("lost", answer))
    #expect(number("written_to", loss) - number("received_from", loss) == number("lost", loss))
    #expect(number("sent", answer) == count && number("verified", answer) == number("replied", answer))
    // Whatever has not been answered was lost with the node, or dropped and counted by its neighbours.
    #expect(number("replied", answer) + number("lost", answer) + number("dropped", answer) == count)
    #expect(number("replied", answer) > count / 2)
  }

  @Test(arguments: [SIGTERM, SIGKILL]) func anEndedDemoLeavesNoProcess(signal: Int32) throws {
    let folder = try Folder()
    let demo = try Program(["demo", "--messages", "1000000"], in: folder)
    try #require(eventually { demo.errors.contains("ready:") })
    let nodes = try ["mix-1", "mix-2", "mix-3"].map { try process($0, demo.errors) }
    demo.signal(signal)
    #expect(demo.exitCode() == (signal == SIGTERM ? 1 : nil))
    for node in nodes { #expect(eventually { kill(node, 0) != 0 }, "process \(node) lives on") }
    // One that was killed could not remove its folder.
    #expect(signal == SIGKILL || !folder.names(in: ".").contains { $0.hasPrefix("hearsay-") })
  }

  private func process(_ node: String, _ text: String) throws -> Int32 {
    let start = try #require(text.range(of: "\(node) (process "))
    return try #require(Int32(text[start.upperBound...].prefix { $0.isNumber }))
  }
}
