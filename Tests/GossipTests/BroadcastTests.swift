import Gossip
import MixNet
import Testing

struct BroadcastTests {
  /// One frame of ten is lost, of messages and of all that is said about them: within three seconds everybody has everything, once.
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func completeThroughLoss(seed: UInt64) {
    let network = BroadcastNetwork(100, degree: 6, seed: seed)
    network.lossPerMille = 100
    var ids: [Bytes16] = []
    for round in 0..<40 {
      ids.append(network.publish(round % 5))
      network.run(for: .ms(100))
    }
    network.run(for: .s(3))
    for id in ids { #expect(network.without(id).isEmpty) }
    #expect(network.nodes.allSatisfy { $0.delivered.values.allSatisfy { $0 == 1 } })
    #expect(network.refusals.isEmpty)
  }

  /// A node that comes later gets what is still kept, by comparison, and its neighbours' trees are as they were.
  @Test func lateJoinersCatchUp() {
    let network = BroadcastNetwork(50, degree: 5, seed: 1)
    network.partAll(7)
    var ids: [Bytes16] = []
    for round in 0..<100 {
      ids.append(network.publish(round % 3 + 20))
      network.run(for: .ms(200))
    }
    #expect(network.nodes[7].delivered.isEmpty)
    for neighbour in [1, 30, 44] { network.join(7, neighbour) }
    network.run(for: .s(4))
    #expect(network.nodes[7].delivered.count == 100 && network.repairs >= 50)
    // A tree to 49 others, and what the newcomer's links cost once.
    _ = (0..<3).map { network.publish(20 + $0) }
    network.run(for: .s(4))
    let before = network.messagesSent
    _ = network.publish(20)
    network.run(for: .s(4))
    #expect(network.messagesSent - before == 49)
    #expect(network.nodes.allSatisfy { $0.delivered.values.allSatisfy { $0 == 1 } })
  }

  /// Published while the node has no neighbour.
  @Test func whatWasSaidAloneIsHeardLater() {
    let network = BroadcastNetwork(30, degree: 5, seed: 2)
    network.partAll(7)
    let id = network.publish(7)
    network.run(for: .s(5))
    #expect(network.without(id).count == 29)
    network.join(7, 1)
    network.run(for: .s(1))
    #expect(network.without(id).isEmpty)
  }

  /// In a quiet network comparisons send nothing but digests.
  @Test func aQuietNetworkIsQuiet() {
    let network = BroadcastNetwork(30, degree: 5, seed: 3)
    for node in 0..<30 { network.publish(node) }
    network.run(for: .s(5))
    let before = network.messagesSent
    network.run(for: .s(60))
    #expect(network.messagesSent == before && network.repairs == 0)
  }

  @Test func messagesOfAnotherTimeAreRefused() {
    var broadcast = Broadcast(random: RandomStream(seed: Seed(1)), seed: Seed(7))
    var effects: [BroadcastEffect] = []
    let (now, wall) = (Instant(ns: 1), WallTime(ns: 1_000_000_000_000))
    broadcast.came(0, now: now, &effects)
    func look(_ created: UInt64, life: UInt32 = 60_000, sequence: UInt64 = 1) -> Broadcast.Look {
      let header = GossipHeader(
        proof: .signature, topic: 1, origin: Bytes32([1]), epoch: 1, sequence: sequence, createdMS: created,
        lifeMS: life,
        payloadSize: 0, content: Bytes32())
      return broadcast.look(header, id: header.id(), from: 0, now: now, wall: wall, &effects)
    }
    // The clock shows 1,000 s.
    let refused = [
      look(910_000 - 1), look(1_030_001), look(1_000_000, life: 60_001), look(1_000_000, sequence: 0), look(0, life: 0),
    ]
    #expect(
      refused == [.refused(.expired), .refused(.early), .refused(.lifeTooLong), .refused(.stale), .refused(.expired)])
    let (oldest, youngest) = (look(910_000), look(1_030_000, sequence: 2))
    guard case .new = oldest, case .new = youngest else {
      Issue.record("\(oldest) \(youngest)")
      return
    }
    let again = look(910_000)
    let header = GossipHeader(
      proof: .signature, topic: 1, origin: Bytes32([1]), epoch: 1, sequence: 1, createdMS: 910_000, lifeMS: 60_000,
      payloadSize: 0, content: Bytes32())
    broadcast.reject(header.id())
    let third = look(910_000)
    #expect(again == .duplicate && third == .new)
  }
}
