import MixNet
import Synchronization
import Testing

@testable import Sphinx

/// A batch gives what its packets give one by one, wherever they lie and whatever is dropped in between.
@Suite struct BatchTests {
  /// Counts the calls and pairs that go through the seam.
  final class Counting: PointMultiplier {
    let counts = Mutex<[Int]>([])
    let name = "counting"
    func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>) {
      counts.withLock { $0.append(points.count / 32) }
      SodiumMultiplier().multiply(scalars, points, into: &products)
    }
    func multiplyBase(_ scalars: Span<UInt8>, into points: inout MutableSpan<UInt8>) {
      SodiumMultiplier().multiplyBase(scalars, into: &points)
    }
    func take() -> [Int] {
      counts.withLock { counts in
        defer { counts = [] }
        return counts
      }
    }
  }

  struct Packet {
    var bytes: [UInt8]
    var secrets = [UInt8](repeating: 0, count: SphinxSecrets.size)
    var header = SphinxHeader.undecided
    /// What the one-shot way makes of it.
    var expected: SphinxUnwrapped?
  }

  /// Packets of all kinds for one node: to be passed on, arrived, forged, of low order, too short.
  static func mixed(_ count: Int, _ node: SphinxSecretKey, other: SphinxSecretKey? = nil) throws -> [Packet] {
    try (0..<count).map { i in
      var nodes = TestNodes(1 + i % 5, seed: UInt64(i), version: SphinxVersion.allCases[i % 3])
      nodes.keys[0] = i % 4 == 1 ? other ?? node : node
      nodes.hops[0].key = SphinxPublicKey(of: nodes.keys[0])
      var bytes = try nodes.packet([UInt8(i)], size: .ack, seed: UInt64(i))
      switch i % 11 {
      case 3: bytes[100] ^= 1
      case 5: bytes.replaceSubrange(0..<32, with: [UInt8](repeating: 0, count: 32))
      case 8: bytes.removeLast()
      case 9: bytes[31] |= 0x80
      default: break
      }
      var packet = Packet(bytes: bytes)
      packet.expected = (try? node.unwrap(bytes)) ?? (try? other?.unwrap(bytes))
      return packet
    }
  }

  /// Both phases over `packets`; `reorder` may move and drop between them.
  static func run(
    _ unwrapper: inout SphinxUnwrapper, _ packets: inout [Packet], reorder: (inout [Packet]) -> Void = { _ in }
  ) {
    unwrapper.beginHeaders()
    for i in packets.indices {
      let bytes = packets[i].bytes
      if let reason = unwrapper.load(i, bytes.span) { packets[i].header = .refused(reason) }
    }
    while unwrapper.exchange() {
      for i in packets.indices where unwrapper.awaits(i) {
        var bytes = packets[i].bytes
        var secrets = packets[i].secrets
        var span = bytes.mutableSpan
        var scratch = secrets.mutableSpan
        packets[i].header = unwrapper.header(i, &span, &scratch)
        (packets[i].bytes, packets[i].secrets) = (bytes, secrets)
      }
    }
    packets.removeAll { if case .refused = $0.header { $0.expected == nil } else { false } }
    reorder(&packets)
    unwrapper.beginPayloads()
    for i in packets.indices {
      var bytes = packets[i].bytes
      var secrets = packets[i].secrets
      var span = bytes.mutableSpan
      var scratch = secrets.mutableSpan
      unwrapper.payload(i, &span, &scratch)
      (packets[i].bytes, packets[i].secrets) = (bytes, secrets)
    }
    unwrapper.blind()
    for i in packets.indices where unwrapper.awaits(i) {
      var bytes = packets[i].bytes
      var span = bytes.mutableSpan
      unwrapper.alpha(i, &span)
      packets[i].bytes = bytes
    }
    unwrapper.end()
  }

  /// Whether every packet became what it becomes alone, and its secrets are gone.
  static func check(_ packets: [Packet]) {
    for packet in packets {
      #expect(packet.secrets.allSatisfy { $0 == 0 })
      switch packet.header {
      case .forward(let hop): #expect(packet.expected == .forward(hop, packet: packet.bytes))
      case .final(let hop):
        let payload = Array(packet.bytes[SphinxSize.header...])
        #expect(packet.expected == .final(hop, payload: payload))
      case .undecided, .refused: Issue.record("\(packet.header)")
      }
    }
  }

  @Test func everyBatchSize() throws {
    var random = RandomStream(seed: Seed(1))
    let node = SphinxSecretKey(random: &random)
    let all = try Self.mixed(64, node)
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(node), size: .ack, capacity: 64)
    for count in 1...64 {
      var packets = Array(all.prefix(count))
      Self.run(&unwrapper, &packets)
      #expect(packets.count == all.prefix(count).count { $0.expected != nil })
      Self.check(packets)
    }
  }

  /// Between the phases places change and packets go.
  @Test func placesChange() throws {
    var random = RandomStream(seed: Seed(2))
    let node = SphinxSecretKey(random: &random)
    let all = try Self.mixed(40, node)
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(node), size: .ack, capacity: 40)
    for keep in [0, 1, 7, 20] {
      var packets = all
      Self.run(&unwrapper, &packets) { packets in
        packets.reverse()
        packets.removeFirst(3)
        if keep < packets.count { packets.removeSubrange(keep...) }
        packets.swapAt(0, max(packets.count - 1, 0))
      }
      #expect(packets.count == keep)
      Self.check(packets)
    }
  }

  /// All first multiplications in one call, all blindings in another; a forgery pays for none of the second.
  @Test func oneCallAPhase() throws {
    var random = RandomStream(seed: Seed(3))
    let node = SphinxSecretKey(random: &random)
    let counting = Counting()
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(node), size: .ack, capacity: 64, multiplier: counting)
    var packets = try Self.mixed(64, node)
    let loaded = packets.indices.count { ![8, 9].contains($0 % 11) }
    let forwards = packets.count { if case .forward = $0.expected { true } else { false } }
    Self.run(&unwrapper, &packets)
    #expect(counting.take() == [loaded, forwards])
    packets = [Packet(bytes: flipped(try TestNodes(3, seed: 1).packet([], size: .ack, seed: 1), bit: 8 * 60))]
    Self.run(&unwrapper, &packets)
    #expect(packets.isEmpty && counting.take() == [1])
  }

  /// While keys change, a packet for either key passes, and what neither knows is refused after both.
  @Test func twoKeys() throws {
    var random = RandomStream(seed: Seed(4))
    let current = SphinxSecretKey(random: &random)
    let other = SphinxSecretKey(random: &random)
    let counting = Counting()
    var unwrapper = SphinxUnwrapper(
      keys: SphinxKeySet(current, other: other), size: .ack, capacity: 64, multiplier: counting)
    let all = try Self.mixed(64, current, other: other)
    var packets = all
    Self.run(&unwrapper, &packets)
    #expect(packets.count == all.count { $0.expected != nil })
    Self.check(packets)
    let first = try #require(counting.take().first)
    #expect(first == all.indices.count { ![8, 9].contains($0 % 11) })
    // With the other key gone, its packets are refused, in one round.
    unwrapper.keys.other = nil
    packets = all.filter { (try? other.unwrap($0.bytes)) != nil }.map { Packet(bytes: $0.bytes) }
    #expect(packets.count > 5)
    let count = packets.count
    Self.run(&unwrapper, &packets)
    #expect(packets.isEmpty && counting.take() == [count])
  }

  /// A worker's scratch holds no secret once a batch is done.
  @Test func nothingStays() throws {
    var random = RandomStream(seed: Seed(5))
    let node = SphinxSecretKey(random: &random)
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(node), size: .ack, capacity: 8)
    var packets = try Self.mixed(8, node)
    Self.run(&unwrapper, &packets)
    let left =
      unwrapper.hopKeys.revealed() + unwrapper.payloadKey.revealed() + unwrapper.seed.revealed()
      + unwrapper.beta.revealed() + unwrapper.batch.products.revealed()
    #expect(left.allSatisfy { $0 == 0 })
  }
}
