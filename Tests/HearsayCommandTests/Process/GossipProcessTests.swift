import Foundation
import Glibc
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// A cluster of node processes, used through their doors by commands and by programs in any language.
@Suite struct GossipProcessTests {
  // MARK: Commands

  @Test func whatIsPublishedIsHeard() throws {
    let cluster = try GossipCluster(nodes: 3)
    let ears = try (0..<3).map { try cluster.command("subscribe", "news", at: $0, ["--count", "3", "--json"]) }
    for ear in ears { try #require(eventually { ear.errors.contains("subscribed") }, "\(ear.errors)") }
    try cluster.folder.write("one", Array("hello".utf8))
    let one = try cluster.command("publish", "news", at: 0, ["--file", "one", "--json"])
    #expect(one.exitCode() == 0, "\(one.errors)")
    #expect(one.answer?["published"]?.int == 1 && one.answer?["bytes"]?.int == 5)
    try cluster.folder.write("lines", Array("first\n\n\u{ff}".utf8))
    let lines = try cluster.command("publish", "news", at: 1, ["--lines", "--file", "lines", "--priority", "critical"])
    #expect(lines.exitCode() == 0 && lines.errors.contains("1 empty lines"), "\(lines.errors)")
    for ear in ears {
      #expect(ear.exitCode() == 0, "\(ear.errors)")
      let heard = ear.output.split(separator: "\n").compactMap { JSON(Array($0.utf8)) }
      #expect(Set(heard.compactMap { $0["payload"]?.text }) == ["hello", "first", "\u{ff}"])
      #expect(Set(heard.compactMap { $0["priority"]?.text }) == ["normal", "critical"])
    }
    // Who comes later can have what is kept; and another topic is another one.
    let late = try cluster.command("subscribe", "news", at: 2, ["--history", "--count", "3"])
    #expect(late.exitCode() == 0)
    #expect(Set(late.output.split(separator: "\n")) == ["hello", "first", "\u{ff}"])
    let other = try cluster.command("subscribe", "others", at: 2, ["--history", "--count", "1"])
    try #require(eventually { other.errors.contains("subscribed") })
    #expect(other.isRunning && other.output.isEmpty)
  }

  @Test func membersAreShown() throws {
    let cluster = try GossipCluster(nodes: 3)
    let table = try cluster.command("members", nil, at: 1)
    #expect(table.exitCode() == 0)
    #expect(table.output.split(separator: "\n").count == 4 && table.output.contains("this node"))
    for node in cluster.plan { #expect(table.output.contains(node.address.description)) }
    cluster.programs[2].signal(SIGKILL)
    #expect(
      eventually {
        let list = (try? cluster.members(at: 0)) ?? []
        return list.contains {
          $0["status"]?.text == "dead" && $0["address"]?.text == cluster.plan[2].address.description
        }
      })
  }

  @Test func keysChangeWithoutAGap() throws {
    let cluster = try GossipCluster(nodes: 2)
    let made = try Program(["gossip", "key", "--out", "more/next.key", "--json"], in: cluster.folder)
    #expect(made.exitCode() == 0, "\(made.errors)")
    let id = try #require(made.answer?["id"]?.text)
    #expect(cluster.folder.bytes("more/next.key").count == 65)
    let mode = try FileManager.default.attributesOfItem(atPath: cluster.folder.path + "/more/next.key")[
      .posixPermissions]
    #expect(mode as? Int == 0o600)
    func keys(_ words: [String], at node: Int) throws -> [String] {
      let program = try Program(
        ["gossip", "keys"] + words + ["--json", "--node", cluster.plan[node].door.description], in: cluster.folder)
      #expect(program.exitCode() == 0, "\(words): \(program.errors)")
      return program.answer?["keys"]?.list?.compactMap(\.text) ?? []
    }
    let old = try #require(try keys(["list"], at: 0).first)
    for node in 0...1 { #expect(try keys(["install", "more/next.key"], at: node) == [old, id]) }
    for node in 0...1 { #expect(try keys(["use", id], at: node) == [id, old]) }
    for node in 0...1 { #expect(try keys(["remove", old], at: node) == [id]) }
    try cluster.expectToHear("under the new key", from: 0, at: 1)
    let wrong = try Program(
      ["gossip", "keys", "remove", id, "--node", cluster.plan[0].door.description], in: cluster.folder)
    #expect(wrong.exitCode() == 1 && wrong.errors.contains("in use"), "\(wrong.errors)")
  }

  @Test func wrongWords() throws {
    let folder = try Folder()
    try folder.write("broken.toml", Array("[node]\nnmae = 1\n".utf8))
    let wrong: [([String], Int32, String)] = [
      (["publish"], 2, "needs a topic"), (["publish", "a", "b"], 2, "one word too many"),
      (["publish", "a", "--priority", "hgih"], 2, "critical, normal, bulk"),
      (["publish", "a", "--node", "127.0.0.1:1"], 2, "no door"),
      (["publish", "a", "--node", "unix:a", "--config", "b"], 2, "name a node each"),
      (["subscribe", "a", "--count", "0"], 2, "--count"), (["subscribe"], 2, "needs a topic"),
      (["members", "--config", "broken.toml"], 2, "has mistakes"), (["members", "--config", "nowhere"], 2, "nowhere"),
      (["members", "--node", "unix:nothing"], 1, "cannot connect"), (["members"], 1, "unix:FOLDER/state/door.sock"),
      (["gossip"], 2, "one of: train, key, keys"), (["gossip", "kyes"], 2, "did you mean 'key"),
      (["gossip", "key"], 2, "--out is missing"),
      (["gossip", "key", "--out", "x", "--lines"], 2, "does not take --lines"),
      (["gossip", "keys"], 2, "list, install, use, remove"), (["gossip", "keys", "use"], 2, "needs one key's id"),
      (["gossip", "keys", "use", "12"], 2, "eight hex digits"),
      (["gossip", "keys", "install", "broken.toml"], 1, "64 hex digits"),
      (["gossip", "train", "--out", "x"], 2, "files with samples"),
      (["gossip", "train", "--out", "x", "broken.toml"], 1, "too few"),
    ]
    for (words, code, sentence) in wrong {
      let program = try Program(words, in: folder)
      #expect(program.exitCode() == code, "\(words)")
      #expect(program.errors.contains(sentence), "\(words): \(program.errors)")
      #expect(program.errors.split(separator: "\n").count == 1, "\(words): \(program.errors)")
    }
  }

  @Test func aDictionaryIsMadeOfSamples() throws {
    let folder = try Folder()
    let words = ["up", "down", "degraded"]
    let lines = (0..<4_000).map { number in
      "{\"service\": \"api-\(number * 7 % 40)\", \"status\": \"\(words[number % 3])\", \"load\": \(number * 31 % 997), "
        + "\"zone\": \"europe-west-\(number % 4)\", \"version\": \"2.11.\(number % 13)\"}"
    }
    try folder.write("samples", Array(lines.joined(separator: "\n").utf8))
    let program = try Program(
      ["gossip", "train", "--out", "a.dict", "--size", "4096", "--lines", "samples", "--json"], in: folder)
    #expect(program.exitCode() == 0, "\(program.errors)")
    let answer = try #require(program.answer)
    #expect(answer["samples"]?.int == 4_000 && answer["held_out"]?.int == 800)
    #expect(folder.bytes("a.dict").count == answer["bytes"]?.int)
    guard case .double(let before)? = answer["ratio_before"], case .double(let after)? = answer["ratio_after"] else {
      Issue.record("no ratios: \(program.output)")
      return
    }
    #expect(after > 1.5 && after > before)
    // Nodes use it, and what goes between them is what was published.
    let cluster = try GossipCluster(nodes: 2) { $0.gossip = "dictionaries = [\"\(folder.path)/a.dict\"]" }
    try cluster.expectToHear(lines[77], from: 0, at: 1)
  }

  @Test func theExampleRuns() throws {
    let folder = try Folder()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "gossip.toml"), encoding: .utf8)
    let port = try RealNetwork.freePorts(1)
    try folder.write("gossip.toml", Array(text.replacing("127.0.0.1:9100", with: "127.0.0.1:\(port)").utf8))
    let unready = try Program(["check", "gossip.toml"], in: folder)
    #expect(unready.exitCode() == 2 && unready.errors.contains("cluster.key"))
    let key = try Program(["gossip", "key", "--out", "state/cluster.key"], in: folder)
    #expect(key.exitCode() == 0, "\(key.errors)")
    let check = try Program(["check", "gossip.toml"], in: folder)
    #expect(check.exitCode() == 0 && !check.output.contains("sphinx"), "\(check.errors)")
    let node = try Program(["run", "gossip.toml", "--json"], in: folder)
    try #require(eventually { node.answer?["ready"]?.bool == true }, "\(node.errors)")
    #expect(node.answer?["door"]?.text == "unix:state/door.sock")
    let ear = try Program(["subscribe", "news", "--count", "1"], in: folder)
    try #require(eventually { ear.errors.contains("subscribed") }, "\(ear.errors)")
    try folder.write("message", Array("hello".utf8))
    #expect(try Program(["publish", "news", "--file", "message"], in: folder).exitCode() == 0)
    #expect(ear.exitCode() == 0 && ear.output == "hello\n")
    node.signal(SIGTERM)
    #expect(node.exitCode() == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/state/door.sock"))
  }
}
