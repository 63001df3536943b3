import MixNet
import Testing

@testable import Gossip

struct SwimMessageTests {
  private func read(_ bytes: [UInt8]) -> SwimMessage? { SwimMessage(bytes.span) }

  private func all() throws -> [SwimMessage] {
    let six = try #require(Address("[2001:db8::7]:9001"))
    let other = try #require(NodeRecord(id: Bytes32(words: [1, 2, 3, 4]), address: six, incarnation: 1 << 40))
    let some = [
      MemberUpdate(.suspect, other, accuser: 77), MemberUpdate(.alive, node(3), accuser: .max),
      MemberUpdate(.left, node(4), accuser: 0), MemberUpdate(.dead, other, accuser: 5),
    ]
    return [
      .ping(1, target: node(1).id, from: other, some), .ping(.max, target: node(1).id, from: node(2), []),
      .ack(2, incarnation: NodeRecord.incarnationMax - 1, some),
      .pingRequest(3, budget: 600, from: node(1), target: other, some),
      .nack(4), .gossip(some), .gossip([]), .pull(after: node(5).id, from: other, count: 9),
      .piece(after: node(5).id, isLast: true, some), .piece(after: Bytes32(), isLast: false, []),
    ]
  }

  @Test func whatIsWrittenIsRead() throws {
    for message in try all() {
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      #expect(read(bytes) == message)
      for size in bytes.indices { #expect(read(Array(bytes[..<size])) == nil) }
      #expect(read(bytes + [0]) == nil)
    }
  }

  @Test func theBytesOfAMessage() {
    var bytes: [UInt8] = []
    SwimMessage.gossip([MemberUpdate(.dead, node(1), accuser: 7)]).encode(into: &bytes)
    #expect(
      bytes == [5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 7] + node(1).id.array + [
        0, 0, 0, 0, 0, 0, 0, 1, 4, 1, 0, 1, 2, 0x1b, 0x58,
      ])
  }

  /// Every message fits a datagram, however much there is to tell.
  @Test func allFits() throws {
    let six = try #require(Address("[2001:db8::7]:9001"))
    for address in [six, node(1).address] {
      let record = try #require(NodeRecord(id: node(1).id, address: address, incarnation: 1))
      let updates = Array(repeating: MemberUpdate(.suspect, record, accuser: 1), count: 100)
      let messages: [SwimMessage] = [
        .ping(1, target: record.id, from: record, updates), .ack(1, incarnation: 1, updates),
        .pingRequest(1, budget: 1, from: record, target: record, updates), .gossip(updates),
        .piece(after: record.id, isLast: false, updates),
      ]
      for message in messages {
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        #expect(bytes.count <= SwimMessage.sizeMax && bytes.count > SwimMessage.sizeMax - 200)
        #expect(read(bytes) != nil)
      }
    }
    #expect(read(Array(repeating: 5, count: 1_201)) == nil)
  }

  @Test func anythingMayCome() throws {
    var random = RandomStream(seed: Seed(2))
    let messages = try all()
    var taken = 0
    for round in 0..<200_000 {
      var bytes: [UInt8] = []
      if round % 2 == 0 {
        bytes = (0..<Int(random.below(120))).map { _ in UInt8(random.below(256)) }
        if !bytes.isEmpty { bytes[0] = UInt8(random.below(9)) }
      } else {
        messages[Int(random.below(UInt64(messages.count)))].encode(into: &bytes)
        for _ in 0...random.below(3) { bytes[Int(random.below(UInt64(bytes.count)))] = UInt8(random.below(256)) }
      }
      guard let message = read(bytes) else { continue }
      taken += 1
      var again: [UInt8] = []
      message.encode(into: &again)
      #expect(again == bytes)
    }
    #expect(taken > 10_000)
  }
}
