import Foundation
import MixHostTesting
import MixNet
import Testing

@testable import Messages
@testable import MixHost

@Suite struct ConfigTests {
  private func mistakes(_ messages: String, workers: Int = 1) -> [String] {
    let file = ConfigFile(
      text: "[chain.p]\ndecode = [\"messages\"]\nworkers = \(workers)\n[pipeline]\nworkers = 2\n[messages]\n" + messages
    )
    let loader = NodeLoader(
      registry: Registry([.messages]), files: MemoryFiles(), wall: WallTime(ns: 0), base: ".",
      directory: { _ in .success(NetworkDirectory()) })
    let loaded = loader.load(file)
    #expect((loaded.blueprint == nil) == !file.mistakes.isEmpty)
    return file.mistakes.map(\.description)
  }

  @Test func aChainOfItNeedsNoForwardStage() { #expect(mistakes("") == []) }

  @Test func whatDoesNotFitIsTold() {
    #expect(mistakes("", workers: 2).count == 1)
    #expect(mistakes("", workers: 2).first?.contains("write workers = 1 in [chain.p]") == true)
    #expect(mistakes("window = 65567").first?.contains("'window' must be 65568 or more") == true)
    #expect(mistakes("window = 65568") == [])
    #expect(mistakes("message_max = 300000\nwindow = 600032").count == 2)
  }

  /// The guide has every key with its default, and no other.
  @Test func theGuideHasTheKeys() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let guide = try String(contentsOf: root.appending(path: "docs/peers.md"), encoding: .utf8)
    let table = try #require(guide.components(separatedBy: "\n[messages]\n").last?.components(separatedBy: "```").first)
    var documented: [String: String] = [:]
    for line in table.split(separator: "\n") {
      let parts = line.prefix { $0 != "#" }.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
      if parts.count == 2 { documented[parts[0]] = parts[1] }
    }
    var read: [String: String] = [:]
    for entry in Registry([.messages]).keys() where entry.stage?.name == "messages" {
      for key in entry.keys where key.key != "enabled" { read[key.key] = key.preset }
    }
    #expect(read.count == 12)
    #expect(documented == read)
  }

  @Test func conforms() throws {
    try StageConformance(.messages).onOneWorker()
      .skipping(.noAllocation, because: "an application is given each message as an array of its own")
      .skipping(.samplesPass, because: "the stage takes every frame for itself")
      .run()
  }
}
