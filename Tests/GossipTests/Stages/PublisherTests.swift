import Gossip
import MixHost
import MixNet
import SimNet
import Synchronization
import Testing

/// A chain that has nothing to do with gossip: what the test says is published through the cluster's chain of the same node.
final class SourceStage: DecodeStage {
  let cluster: ChainRef?
  /// This chain, which publishes nothing.
  let here: ChainRef?
  init(_ cluster: ChainRef?, _ here: ChainRef?) { (self.cluster, self.here) = (cluster, here) }
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices { verdicts.consume(i) }
  }
}

extension Plugin {
  static let source = Plugin(
    name: "source", summary: "for tests",
    stages: [
      StageDescriptor(
        .decode, "source", summary: "for tests", takesAll: true, config: { _ in true },
        shape: { _ in DecodeShape(framing: .raw, limits: FrameLimits(1...64), protocolName: "source") },
        make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any DecodeStage in
          SourceStage(builder.chain("cluster"), builder.chain("source"))
        })
    ])
}

/// What another chain of a node publishes goes out in the node's own name.
@Suite struct PublisherTests {
  private static func town(from: String) -> GossipTown {
    let town = GossipTown(12, 4) { _ in "[chain.source]\ndecode = [\"source\"]" }
    town.clusterTakesFrom = from
    return town
  }

  @Test func anotherChainPublishes() throws {
    let town = Self.town(from: "from = [\"source\"]")
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<4)) })
    let answers = Mutex<[DropReason?]>([])
    let texts = ["one", String(repeating: "long ", count: 20_000), ""]
    _ = town.nodes[2]?.tell("source", of: "source") { stage, turn in
      guard let cluster = (stage as? SourceStage)?.cluster else { return }
      for text in texts {
        turn.publish(Array(text.utf8), topic: "news", through: cluster) { refusal, _ in
          answers.withLock { $0.append(refusal) }
        }
      }
    }
    #expect(town.run(for: .s(10)) { town.inboxes.allSatisfy { $0.all.count == 2 } })
    // A message without bytes is none.
    #expect(answers.withLock { $0 } == [nil, nil, .wrongSize])
    let origin = try #require(town.members(2).first { $0.isSelf }).node.id
    for inbox in town.inboxes {
      #expect(inbox.texts == Array(texts.prefix(2)) && inbox.all.allSatisfy { $0.origin == origin })
    }
  }

  /// A chain that has no stage which publishes says so.
  @Test func aChainWithoutAPublisher() throws {
    let town = Self.town(from: "")
    try town.startAll()
    let answers = Mutex<[DropReason?]>([])
    _ = town.nodes[0]?.tell("source", of: "source") { stage, turn in
      guard let here = (stage as? SourceStage)?.here else { return }
      turn.publish([1], topic: "news", through: here) { refusal, _ in answers.withLock { $0.append(refusal) } }
    }
    town.world.run(for: .s(1))
    #expect(answers.withLock { $0 } == [.noRoute])
  }

  /// The cluster's chain says from which chains it takes anything.
  @Test func onlyChainsThatMay() throws {
    let town = Self.town(from: "")
    try town.startAll()
    let isThere = Mutex<Bool?>(nil)
    _ = town.nodes[0]?.tell("source", of: "source") { stage, _ in
      let has = (stage as? SourceStage)?.cluster != nil
      isThere.withLock { $0 = has }
    }
    town.world.run(for: .s(1))
    #expect(isThere.withLock { $0 } == false)
  }
}
