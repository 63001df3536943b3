public import MixHost
public import MixNet

/// A packet that the kit feeds to a stage. A decode stage gets its bytes; a later stage gets the columns as well, those
/// that its descriptor `needs`, as if a decode stage had filled them.
public struct SamplePacket: Sendable {
  /// The packet's bytes, as they come from the link.
  public var bytes: [UInt8]
  /// Which of the kit's links it comes on, `0..<StageConformance.links`; others are counted round.
  public var link: Int
  /// What names the packet.
  public var id: Bytes32
  /// Who made it.
  public var sender: Bytes32
  /// Where it is to go.
  public var route: Route
  /// The delay that its header asks for.
  public var headerDelay: Nanos
  /// Its class, 0 (normal) and up.
  public var priority: UInt8

  /// A packet of these.
  public init(
    _ bytes: [UInt8], link: Int = 0, id: Bytes32 = Bytes32(), sender: Bytes32 = Bytes32(), route: Route = .none,
    headerDelay: Nanos = .zero, priority: UInt8 = 0
  ) {
    self.bytes = bytes
    self.link = link
    self.id = id
    self.sender = sender
    self.route = route
    self.headerDelay = headerDelay
    self.priority = priority
  }

  /// What the kit feeds when the author gives nothing: random bytes of a size in `sizes`, each packet with an id of its
  /// own, from one of a few senders, to one of the kit's nodes, with a delay of up to 20 ms.
  public static func random(_ index: Int, _ random: inout RandomStream, sizes: ClosedRange<Int>) -> SamplePacket {
    let spread = UInt64(min(sizes.upperBound - sizes.lowerBound, 480))
    let peers = StageConformance.node.directory.nodes.dropFirst()
    let peer = peers[peers.startIndex + Int(random.below(UInt64(peers.count)))]
    return SamplePacket(
      bytes(sizes.lowerBound + Int(random.below(spread + 1)), &random), link: index,
      id: Bytes32(bytes(32, &random)), sender: Fingerprint.of("sender \(random.below(8))"),
      route: .node(peer.address), headerDelay: .us(random.below(20_000)), priority: UInt8(random.below(3)))
  }

  /// `count` random bytes.
  public static func bytes(_ count: Int, _ random: inout RandomStream) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    var span = bytes.mutableSpan
    random.fill(&span)
    return bytes
  }
}
