import MixHost
import MixNet

/// Makes the packets of a node's cover, one at a time, and gives them to the chain.
///
/// A packet is made in memory of its own: one that cannot be made must not have been given to the chain.
struct CoverMaker {
  private let maker: any PacketMaker
  private let meanDelay: Nanos
  private var message = [UInt8](repeating: 0, count: 16)
  private var hops: [PacketHop] = []
  private var packet: [UInt8]

  /// Makes packets that ask each node for a delay of this mean.
  init(_ maker: any PacketMaker, meanDelay: Nanos) {
    self.maker = maker
    self.meanDelay = meanDelay
    packet = [UInt8](repeating: 0, count: maker.packetSize)
    hops.reserveCapacity(CoverRoute.hopsMax)
  }

  /// Makes a packet with this name in it, along some of the nodes; false when one of them has no key at this time.
  mutating func make(
    _ name: Bytes16, along route: CoverRoute, of nodes: [NetworkDirectory.Node], to destination: Bytes32,
    at time: WallTime, _ random: inout RandomStream
  ) -> Bool {
    hops.removeAll(keepingCapacity: true)
    for hop in 0..<route.count {
      let delay = Logarithm.exponential(mean: meanDelay, ofUniform: random.next())
      hops.append(PacketHop(node: nodes[route[hop]], delay: delay))
    }
    guard !hops.isEmpty else { return false }
    Self.write(name, into: &message)
    let (maker, hops, text) = (maker, hops, message)
    return Self.make(maker, hops, to: destination, text, at: time, into: &packet, &random)
  }

  // A span of a field holds on to all of self: these are handed the fields that they need.

  private static func write(_ name: Bytes16, into message: inout [UInt8]) {
    var span = message.mutableSpan
    name.write(to: &span)
  }

  private static func make(
    _ maker: any PacketMaker, _ hops: [PacketHop], to destination: Bytes32, _ text: [UInt8], at time: WallTime,
    into packet: inout [UInt8], _ random: inout RandomStream
  ) -> Bool {
    var span = packet.mutableSpan
    return maker.packet(along: hops, to: destination, message: text.span, at: time, into: &span, random: &random)
  }

  /// Gives the packet that was made last to the chain; false when there is no room.
  func send(_ turn: inout Turn) -> Bool {
    guard let first = hops.first else { return false }
    let bytes = packet
    guard var slot = turn.inject(at: .forward, length: bytes.count, route: .node(first.node.address)) else {
      return false
    }
    slot.put(bytes.span, at: 0)
    return true
  }

  /// The message in a payload of cover; nil when it is no such payload.
  func name(in payload: Span<UInt8>) -> Bytes16? {
    guard let range = maker.message(in: payload), range.count == message.count else { return nil }
    return Bytes16(payload.extracting(range))
  }
}
