import Gossip
import MixNet
import Testing

struct ViewMessageTests {
  private func all() throws -> [ViewMessage] {
    let six = try #require(Address("[2001:db8::7]:9001"))
    let other = try #require(
      NodeRecord(id: Bytes32(words: [1, 2, 3, 4]), address: six, incarnation: NodeRecord.incarnationMax - 1))
    let some = [PeerHint(node(3), age: 7), PeerHint(other, age: .max)]
    let most = hints(10..<18, age: 9)
    return [
      .join(node(1)), .join(other), .forwardJoin(other, ttl: 6), .forwardJoin(node(2), ttl: 0),
      .neighbour(node(1), .more), .neighbour(other, .urgent), .neighbour(other, .anchor),
      .accepted(node(4), peers: []), .accepted(other, peers: most), .refused(other, backoff: 60, peers: some),
      .disconnect(isLeaving: true, backoff: 10, peers: most), .disconnect(isLeaving: false, backoff: .max, peers: []),
      .shuffle(walk: 0x0102_0304_0506_0708, ttl: 15, origin: other, peers: some),
      .shuffleReply(walk: .max, peers: most),
    ]
  }

  @Test func whatIsWrittenIsRead() throws {
    for message in try all() {
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      #expect(bytes.count <= ViewMessage.sizeMax)
      #expect(read(bytes) == message)
    }
  }

  @Test func theBytesOfAMessage() throws {
    var bytes: [UInt8] = []
    ViewMessage.forwardJoin(node(1), ttl: 6).encode(into: &bytes)
    let id = node(1).id.array
    #expect(bytes == [2, 6] + id + [0, 0, 0, 0, 0, 0, 0, 1, 4, 1, 0, 1, 2, 0x1b, 0x58])
  }

  /// Nothing is missing and nothing is too much.
  @Test func aPartIsNoMessage() throws {
    for message in try all() {
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      for size in bytes.indices { #expect(read(Array(bytes[..<size])) == nil) }
      #expect(read(bytes + [0]) == nil)
    }
  }

  @Test func whatIsNotAllowedIsRefused() throws {
    func changed(_ message: ViewMessage, _ change: (inout [UInt8]) -> Void) -> ViewMessage? {
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      change(&bytes)
      return read(bytes)
    }
    #expect(changed(.join(node(1))) { $0[0] = 9 } == nil)
    #expect(changed(.neighbour(node(1), .more)) { $0[1] = 3 } == nil)
    #expect(changed(.forwardJoin(node(1), ttl: 1)) { $0[1] = 16 } == nil)
    #expect(changed(.disconnect(isLeaving: true, backoff: 1, peers: [])) { $0[1] = 2 } == nil)
    #expect(changed(.shuffleReply(walk: 1, peers: hints(0..<8))) { $0[9] = 9 } == nil)
    // Nobody can be dialled at port 0, at 0.x, at a multicast address, or by another kind of address.
    #expect(changed(.join(node(1))) { ($0[46], $0[47]) = (0, 0) } == nil)
    #expect(changed(.join(node(1))) { $0[42] = 0 } == nil)
    #expect(changed(.join(node(1))) { $0[42] = 224 } == nil)
    #expect(changed(.join(node(1))) { $0[41] = 5 } == nil)
    #expect(NodeRecord(id: Bytes32(), address: .name("a.example", port: 1), incarnation: 1) == nil)
  }

  /// Whatever comes is read or refused, and what is read is written the same again.
  @Test func anythingMayCome() throws {
    var random = RandomStream(seed: Seed(1))
    let messages = try all()
    var taken = 0
    for round in 0..<200_000 {
      var bytes: [UInt8] = []
      if round % 2 == 0 {
        bytes = (0..<Int(random.below(120))).map { _ in UInt8(random.below(256)) }
        if !bytes.isEmpty { bytes[0] = UInt8(random.below(10)) }
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
