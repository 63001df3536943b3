import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay send --peers` and the demo with `vrf_peers`, in real processes.
@Suite struct SendPeersTests {
  /// Nine mixes of which each has two peers among three.
  private func network() throws -> RealNetwork {
    try RealNetwork(nodes: 9) {
      $0.extra = "[vrf_peers]\npeers = 2\nepoch_s = 86_400\n[links]\nreconnect_max_ms = 500\nbreaker_failures = 0\n"
      $0.verify = ["vrf_peers", "replay"]
    }
  }

  /// What all nodes have published, in the file `peers.jsonl`.
  private func publish(_ network: RealNetwork) throws -> [String] {
    let files = network.directory.nodes.map { "net/\($0.name)/state/peers.mix" }
    try #require(eventually { files.allSatisfy { network.folder.text($0).hasSuffix("}\n") } })
    try #require(
      eventually {
        network.directory.nodes.indices.allSatisfy { number in
          let stages = try? network.status(number)["chains"]?.list?.first?["stages"]
          return stages?["vrf_peers"]?["links_up"]?.int == 2
        }
      })
    let lines = files.map { network.folder.text($0) }
    try network.folder.write("peers.jsonl", Array(lines.joined().utf8))
    return lines
  }

  /// How many packets have come to a node.
  private func received(_ network: RealNetwork, _ number: Int) throws -> Int {
    let counters = try network.status(number)["chains"]?.list?.first?["counters"]
    return try #require(counters?["received"]?.int)
  }

  private func badRoutes(_ network: RealNetwork) throws -> Int {
    try network.directory.nodes.indices.count { try network.status($0).line.contains("\"bad_route\"") }
  }

  /// Messages, answers and loops go along the choices: all arrive, and no node drops one as a bad route.
  @Test func everythingGoesAlongTheChoices() throws {
    let network = try network()
    try network.startAll()
    let lines = try publish(network)
    for number in 0..<10 {
      let message = [UInt8](repeating: UInt8(number), count: 3_000 * number + 1)
      let sent = try network.send(message, to: "echo", ["--reply", "--json", "--peers", "peers.jsonl"])
      #expect(sent.exitCode() == 0 && sent.answer?["answer"]?.text == Hex.text(message), "\(sent.errors)")
    }
    let covered = try network.send(
      [1], to: "echo", ["--reply", "--json", "--peers", "peers.jsonl", "--cover", "--cover-ms", "20", "--cover-s", "2"])
    #expect(covered.exitCode() == 0, "\(covered.errors)")
    let loops = try #require(covered.answer?["loops_sent"]?.int)
    #expect(loops > 30 && covered.answer?["loops_back"]?.int == loops)
    #expect(try badRoutes(network) == 0)
    // One without a line is passed by: there is always another way.
    let others = lines.enumerated().filter { $0.offset != 1 }.map(\.element)
    try network.folder.write("peers.jsonl", Array(others.joined().utf8))
    let before = try received(network, 1)
    for _ in 0..<5 {
      let sent = try network.send([7], to: "echo", ["--reply", "--json", "--peers", "peers.jsonl"])
      #expect(sent.exitCode() == 0 && sent.answer?["answer"]?.text == "07", "\(sent.errors)")
    }
    #expect(try received(network, 1) == before && badRoutes(network) == 0)
    // Without the lines packets go astray: that is what the option is for.
    for _ in 0..<20 where try badRoutes(network) == 0 {
      let sent = try network.send([7], to: "sink")
      #expect(sent.exitCode() == 0)
    }
    #expect(eventually { (try? badRoutes(network)) ?? 0 > 0 })
  }

  @Test func wrongFilesAreRefused() throws {
    let network = try network()
    for number in [0, 3, 6] { try network.start(number) }
    let file = "net/mix-1/state/peers.mix"
    try #require(eventually { network.folder.text(file).hasSuffix("}\n") })
    let line = network.folder.text(file)
    func refusal(_ text: String, _ more: [String] = []) throws -> String {
      try network.folder.write("peers.jsonl", Array(text.utf8))
      let sent = try network.send([1], to: "echo", ["--reply", "--peers", "peers.jsonl"] + more)
      #expect(sent.exitCode() == 2, "\(sent.errors)")
      return sent.errors
    }
    #expect(try refusal(line + "x\n").contains("peers.jsonl line 2: the line is no JSON"))
    let other = line.replacing("\"peers\":2", with: "\"peers\":3")
    #expect(try refusal(other).contains("peers.jsonl line 1: the proof is not that of the node"))
    let epoch = try #require(JSON(Array(line.utf8))?["epoch"]?.int)
    let late = try refusal(line.replacing("\"epoch\":\(epoch)", with: "\"epoch\":\(epoch - 1)"))
    #expect(late.contains("line 1 is passed over: its epoch ended") && late.contains("is of the present epoch"))
    let alone = try refusal(line)
    #expect(alone.contains("leave no way") && alone.contains("none is known of mix-2, mix-3"))
    let astray = try refusal(line, ["--via", "mix-1,mix-3"])
    #expect(astray.contains("'mix-1' does not send to 'mix-3' now; it has chosen mix-"))
    let missing = try network.send([1], to: "echo", ["--peers", "nowhere"])
    #expect(missing.exitCode() == 2 && missing.errors.contains("nowhere"))
  }

  /// With nine nodes each sends to two of three; every message is answered, and loops come home.
  @Test func theDemoGoesAlongChoices() throws {
    let demo = try Program(
      [
        "demo", "--nodes", "9", "--messages", "200", "--features", "sphinx,vrf_delay,vrf_peers,cover_traffic", "--json",
      ], in: try Folder())
    #expect(demo.exitCode() == 0, "\(demo.errors)")
    #expect(demo.errors.contains("each node sends to 2 nodes of the next layer"))
    let answer = try #require(demo.answer)
    #expect(answer["verified"]?.int == 200 && answer["lost"]?.int == 0 && answer["dropped"]?.int == 0)
    #expect(answer["cover"]?["loops_back"]?.int ?? 0 > 0 && answer["cover"]?["loops_lost"]?.int == 0)
    let plain = try Program(["demo", "--features", "vrf_peers"], in: try Folder())
    #expect(plain.exitCode() == 2 && plain.errors.contains("the feature 'vrf_peers' needs 'sphinx'"))
  }
}
