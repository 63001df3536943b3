import Gossip
import MixHost
import MixNet
import Relay
import SimNet
import Sphinx
import Synchronization
import Testing

@testable import HearsaySim

/// The service that publishes to a cluster, from a client's packet to every member's subscriber.
@Suite struct PublishServiceTests {
  /// Keeps what a member's subscriber gets.
  private final class Kept: GossipReader {
    private let state = Mutex<[GossipMessage]>([])
    var all: [GossipMessage] { state.withLock { $0 } }
    func take(_ message: GossipMessage) -> Bool {
      state.withLock { $0.append(message) }
      return true
    }
  }

  /// Three mixes in three layers and two members beside them, and a client.
  private final class Scene {
    let run: PublishRun
    let client: Correspondent
    let readers: [Kept]
    private let forge: any PacketForge
    private var random = RandomStream(seed: Seed(3))
    private var blocks: [Bytes16: SURBRecovery] = [:]
    private var sent: UInt64 = 0
    var answers: [String] = []

    init(_ crypto: CryptoKind) throws {
      var settings = PublishSettings(senders: 2, members: 2)
      (settings.network.width, settings.network.crypto, settings.network.meanDelay) = (1, crypto, .ms(50))
      let run = PublishRun(settings, byContent: true)
      run.isSending = false
      let host = run.world.host(named: "asker")
      let isAttached = run.attach()
      try #require(isAttached, "\(run.failures)")
      let client = run.attach(on: host, to: [0, 2])
      self.client = try #require(client)
      self.run = run
      forge = crypto.forge(run.plan.directory)
      readers = run.audience.readers.map { _ in Kept() }
      for (node, reader) in zip(run.audience.nodes, readers) {
        node.tellCluster { stage, _ in _ = stage.subscribe(ClusterPlan.topic, reader) }
      }
      client?.work = { [unowned self] client, _ in
        for wire in client.wires { for message in wire.takeMessages() { take(message) } }
        return .never
      }
      run.world.run(for: .s(1))
      try #require(client?.isReady == true)
    }

    private func take(_ message: ClientWire.Message) {
      guard let recovery = blocks.removeValue(forKey: message.identifier),
        let bytes = forge.open(message.payload, with: recovery), let fragment = Fragment(bytes.span)
      else { return answers.append("no answer to a block that was sent") }
      answers.append(String(decoding: bytes[fragment.dataStart...], as: UTF8.self))
    }

    /// Sends a message in as many packets as it takes, with a reply block or none.
    func publish(_ payload: [UInt8], isAnswered: Bool = true) throws {
      sent += 1
      let hops = [0, 1, 2].map { ForgeHop(node: $0, delay: .ms(20)) }
      var block: [UInt8] = []
      if isAnswered {
        let identifier = Bytes16(words: [sent, 7])
        let back = SphinxRecipient(destination: client.key.address, identifier: identifier)
        let made = forge.replyBlock(along: hops, to: back, random: &random)
        let (bytes, recovery) = try #require(made)
        (block, blocks[identifier]) = (bytes, recovery)
      }
      let room = SphinxSize.regular.messageMax - Fragment.headerSize - forge.blockSize(hops: 3)
      let splitter = try #require(MessageSplitter(size: payload.count, room: room))
      for index in 0..<splitter.count {
        let mine = index == 0 ? block : []
        let fragment = Fragment(
          message: Bytes16(words: [sent, 9]), index: UInt32(index), count: UInt32(splitter.count),
          size: UInt32(payload.count), blocks: mine.isEmpty ? 0 : 1, blockSize: UInt16(mine.count))
        let recipient = SphinxRecipient(
          destination: Fingerprint.service(ClusterPlan.service), identifier: Bytes16(words: [sent, 8]))
        let message = fragment.bytes(blocks: mine, Array(payload[splitter.range(index)]))
        let packet = forge.packet(message, along: hops, to: recipient, random: &random)
        client.send(try #require(packet), to: 0)
      }
      run.world.run(for: .s(5))
    }

    /// What the last mix's chain has counted of what came to nothing, by reason.
    var refused: [String: UInt64] {
      let chain = run.nodes[2].status?.chains.first { $0.name == "mix" }
      return Dictionary(
        uniqueKeysWithValues: (chain?.asides ?? []).filter { $0.stage == "next_hop" }.map { ($0.reason, $0.count) })
    }
  }

  /// Real packets: what a client sends is published by the last hop as its own and comes to every subscriber once; what is refused is counted with
  /// its reason. The client is answered in both cases, if it wants.
  @Test(arguments: CryptoKind.allCases) func endToEnd(_ crypto: CryptoKind) throws {
    let scene = try Scene(crypto)
    let payloads = [Array("one".utf8), [UInt8](repeating: 7, count: 5_000), Array("three".utf8)]
    try scene.publish(payloads[0])
    try scene.publish(payloads[1])
    try scene.publish(payloads[2], isAnswered: false)
    let publisher = scene.run.plan.directory.nodes[2].address
    #expect(scene.readers.count == 3)
    for reader in scene.readers {
      #expect(reader.all.map(\.payload) == payloads)
      #expect(reader.all.allSatisfy { $0.origin == publisher })
    }
    #expect(scene.answers == ["published\n", "published\n"])
    #expect(scene.refused.isEmpty)
    // A message without bytes is none, and the cluster takes each payload once.
    try scene.publish([])
    try scene.publish(payloads[2])
    #expect(scene.answers.dropFirst(2) == ["not published: wrong_size\n", "not published: replayed\n"])
    #expect(scene.refused == ["wrong_size": 1, "replayed": 1])
    // Nobody waits for the answer to this one; it is counted all the same.
    try scene.publish(payloads[0], isAnswered: false)
    #expect(scene.refused == ["wrong_size": 1, "replayed": 2])
    #expect(scene.answers.count == 4)
    for reader in scene.readers { #expect(reader.all.count == 3) }
  }
}
