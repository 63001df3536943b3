import Foundation
import Testing

/// The benchmarks with words of their own: what they say, and that they find what they look for. No figure is judged here.
@Suite(.serialized) struct MixBenchTests {
  private func object(_ words: [String]) throws -> [String: Any] {
    let run = try Run(words + ["--quick", "--json"])
    #expect(run.code == 0, "\(words): \(run.errors)")
    #expect(run.lines.count == 1)
    let line = try #require(run.lines.first)
    return try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test(arguments: ["sphinx", "create"])
  func costsOfAPacket(_ name: String) throws {
    let found = try object([name])
    #expect(found["verified"] as? Bool == true)
    #expect((found["packets"] as? Int ?? 0) > 0)
    #expect(found["allocations_per_packet"] as? Double == 0)
    let costs = try #require(found["cpu_us_per_packet"] as? [String: Any])
    #expect((costs["libsodium"] as? Double ?? 0) > 0)
    #expect(costs["crypto_mb"] != nil, "null where a machine has no lanes")
    #expect((found["x25519_us"] == nil) == (name == "create"))
  }

  @Test(arguments: [["relay"], ["relay", "--workers", "2", "--rate", "0"], ["plain"], ["chain"]])
  func nodesUnderLoad(_ words: [String]) throws {
    let found = try object(words)
    let sent = try #require(found["in"] as? Int)
    #expect(sent > 0 && found["out"] as? Int == sent)
    #expect((found["dropped"] as? [String: Any])?.isEmpty == true)
    #expect((found["packets_per_second"] as? Double ?? 0) > 0)
    #expect((found["cpu_us_per_packet"] as? Double ?? 0) > 0)
    #expect((found["resident_mb"] as? Double ?? 0) > 1)
    #expect(found["pool_hit_rate"] as? Double == 1)
    let latency = try #require(found["latency_us"] as? [String: Double])
    let (p50, p99, p999) = (latency["p50"] ?? 0, latency["p99"] ?? 0, latency["p999"] ?? 0)
    #expect(0 < p50 && p50 <= p99 && p99 <= p999)
    #expect((found["durable"] is [String: Any]) == (words[0] == "relay"))
  }

  @Test func packetsHeld() throws {
    let found = try object(["held"])
    #expect((found["held"] as? Int ?? 0) >= 450)
    #expect(found["in"] as? Int == 500 && found["out"] as? Int == 500)
  }

  @Test func aPicture() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("latency-\(getpid()).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    let run = try Run(["plot", "--file", file.path, "--quick"])
    #expect(run.code == 0, "\(run.errors)")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
    #expect(text.components(separatedBy: "<polyline").count == 3)
  }

  @Test(arguments: [
    (["relay", "--rate", "x"], "hearsay-bench: relay: --rate needs a number from 0 to 1000000\n"),
    (
      ["held", "--rate", "5"], "hearsay-bench: held: there is no option '--rate' here (options: --json, --quick)\n"
    ),
    (["relay", "--chain", "nym"], "hearsay-bench: relay: --chain needs sphinx or plain\n"),
  ])
  func wrongWordsAreOneSentence(_ words: [String], _ sentence: String) throws {
    let run = try Run(words)
    #expect(run.code == 2)
    #expect(run.lines.isEmpty)
    #expect(run.errors == sentence)
  }
}
