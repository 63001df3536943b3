public import MixNet

/// A sender's half of the format: makes packets, reply blocks and replies, and opens replies.
///
/// A value is one thread's workspace, to be kept: packets and replies allocate nothing. Every call for one packet begins and
/// ends a batch of its own, and leaves it wiped, but for ``tags``. Several packets at once cost less where points are multiplied in lanes:
/// ```swift
/// sender.begin()
/// for route in routes { try sender.enter(along: route, to: recipient, version: .v260, random: &random) }
/// sender.exchange()
/// for place in routes.indices { try sender.write(place, message: messages[place], into: &packets[place]) }
/// sender.end()
/// ```
public struct SphinxSender: ~Copyable {
  /// The largest batch: places are 0 to `capacity - 1`.
  public let capacity: Int
  let multiplier: any PointMultiplier
  var crypto = PacketCrypto()

  // Of each packet of the batch: its route, ``Choices``, its alpha, the scalar of all its hops so far, and the keys of each.
  var routes: [Route] = []
  /// Packets whose keys are there.
  var exchanged = 0
  var hops: [SphinxHop] = []
  var lanes: Lanes
  var choices: SecretBuffer
  var alphas: SecretBuffer
  var scalars: SecretBuffer
  var hopKeys: SecretBuffer

  // Of the packet at hand.
  /// The payload key, and what it comes from.
  var payloadKey = SecretBuffer(count: KeyLayout.payloadKey)
  var material = SecretBuffer(count: KeyLayout.payloadKey)
  /// Points and scalars; ``Work`` says where.
  var work = SecretBuffer(count: Work.size)
  /// The key stream of each hop.
  var streams = SecretBuffer(count: Layout.stream * SphinxSize.hopsMax)
  var filler = SecretBuffer(count: Layout.filler(hops: SphinxSize.hopsMax))
  var header = SecretBuffer(count: SphinxSize.header)

  /// The replay tags of the last packet or reply block that was made, one a hop, in the route's order: by them its sender
  /// knows it again in what a node publishes. They are no secret to the nodes, and they stay when the call has ended.
  public internal(set) var tags: [Bytes32] = []

  /// A workspace for batches of up to `capacity` packets, 1 to 2^20; all its memory is taken here, about 2 KiB a packet.
  public init(capacity: Int = 1, multiplier: any PointMultiplier = X25519Choice.quickest) {
    self.capacity = capacity
    self.multiplier = multiplier
    lanes = Lanes(capacity: capacity)
    choices = SecretBuffer(count: Choices.size * capacity)
    alphas = SecretBuffer(count: 32 * capacity)
    scalars = SecretBuffer(count: 32 * capacity)
    hopKeys = SecretBuffer(count: KeyLayout.route * capacity)
    routes.reserveCapacity(capacity)
    hops.reserveCapacity(SphinxSize.hopsMax * capacity)
    tags.reserveCapacity(SphinxSize.hopsMax)
  }

  /// Makes a packet into `packet`, whose size is the chain's.
  ///
  /// The route has one to five hops; the first one's node is the one to hand the packet to. At most 280 bytes are drawn
  /// from `random`. One multiplication a hop, and one more with the base point.
  /// - Throws: ``SphinxError/hopCount(_:)``, ``SphinxError/payloadSize(_:)`` or ``SphinxError/messageTooLong(_:max:)``;
  ///   then `packet` is as it was.
  public mutating func create(
    _ packet: inout MutableSpan<UInt8>, message: Span<UInt8>, along hops: Span<SphinxHop>,
    to recipient: SphinxRecipient, version: SphinxVersion, random: inout RandomStream
  ) throws(SphinxError) {
    try check(packet.count, message.count)
    begin()
    let place = try enter(along: hops, to: recipient, version: version, random: &random)
    exchange()
    try write(place, message: message, into: &packet)
    end()
  }

  /// Makes the packet that follows from an initial secret of 32 bytes and a final padding of 308 - 60 n bytes for n hops.
  ///
  /// Only for packets that must come out the same again: who uses one initial secret twice makes packets that can be linked.
  /// - Throws: as ``create(_:message:along:to:version:random:)``, or ``SphinxError/choices(secret:padding:)``.
  public mutating func create(
    _ packet: inout MutableSpan<UInt8>, message: Span<UInt8>, along hops: Span<SphinxHop>,
    to recipient: SphinxRecipient, version: SphinxVersion, initialSecret: Span<UInt8>, finalPadding: Span<UInt8>
  ) throws(SphinxError) {
    try check(packet.count, message.count)
    begin()
    let place = try enter(
      along: hops, to: recipient, version: version, initialSecret: initialSecret, finalPadding: finalPadding)
    exchange()
    try write(place, message: message, into: &packet)
    end()
  }

  func check(_ packet: Int, _ message: Int) throws(SphinxError) {
    let size = try SphinxSize(packet: packet)
    guard message <= size.messageMax else { throw .messageTooLong(message, max: size.messageMax) }
  }
}

/// Where a packet goes.
struct Route {
  /// The place of its first hop among those of the batch, and their number.
  let first: Int
  let count: Int
  let recipient: SphinxRecipient
  let version: SphinxVersion
  /// Whether one scalar stands for its initial secret and all blindings so far.
  var isOneScalar = true
}

/// The random choices of one packet: the initial secret, then the padding behind the last hop's block.
enum Choices {
  static let secret = 0..<32
  static let padding = 32
  static let size = 32 + Layout.padding(hops: 1)
}

extension KeyLayout {
  /// Bytes of the keys of all hops of a route.
  static let route = total * SphinxSize.hopsMax
}
