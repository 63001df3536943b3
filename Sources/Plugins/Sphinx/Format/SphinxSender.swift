public import MixNet

/// A sender's half of the format: makes packets, reply blocks and replies, and opens replies.
///
/// A value is one thread's workspace, to be kept: packets and replies allocate nothing. Every call leaves it wiped, but
/// for ``tags``.
public struct SphinxSender: ~Copyable {
  var crypto = PacketCrypto()
  /// The random choices of one packet: the initial secret, then the padding behind the last hop's block.
  var choices = SecretBuffer(count: 32 + Layout.padding(hops: 1))
  /// The key derivation of each hop.
  var hopKeys = SecretBuffer(count: KeyLayout.total * SphinxSize.hopsMax)
  /// The payload key at hand, and what it comes from.
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

  /// A workspace; all its memory is taken here.
  public init() { tags.reserveCapacity(SphinxSize.hopsMax) }

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
    try check(packet.count, message.count, hops.count)
    choose(hops.count, &random)
    finish(&packet, message, hops, recipient, version)
  }

  /// Makes the packet that follows from an initial secret of 32 bytes and a final padding of 308 - 60 n bytes for n hops.
  ///
  /// Only for packets that must come out the same again: who uses one initial secret twice makes packets that can be linked.
  /// - Throws: as ``create(_:message:along:to:version:random:)``, or ``SphinxError/choices(secret:padding:)``.
  public mutating func create(
    _ packet: inout MutableSpan<UInt8>, message: Span<UInt8>, along hops: Span<SphinxHop>,
    to recipient: SphinxRecipient, version: SphinxVersion, initialSecret: Span<UInt8>, finalPadding: Span<UInt8>
  ) throws(SphinxError) {
    try check(packet.count, message.count, hops.count)
    try choose(hops.count, initialSecret, finalPadding)
    finish(&packet, message, hops, recipient, version)
  }

  private func check(_ packet: Int, _ message: Int, _ hops: Int) throws(SphinxError) {
    guard (1...SphinxSize.hopsMax).contains(hops) else { throw .hopCount(hops) }
    let size = try SphinxSize(packet: packet)
    guard message <= size.messageMax else { throw .messageTooLong(message, max: size.messageMax) }
  }

  /// Header and payload, after the choices were made.
  private mutating func finish(
    _ packet: inout MutableSpan<UInt8>, _ message: Span<UInt8>, _ hops: Span<SphinxHop>, _ recipient: SphinxRecipient,
    _ version: SphinxVersion
  ) {
    makeHeader(hops, recipient, version)
    header.write(0..<SphinxSize.header, into: &packet, at: 0)
    SphinxPayload.write(message, into: &packet, from: SphinxSize.header)
    for hop in (0..<hops.count).reversed() {
      choosePayloadKey(KeyLayout.total * hop, version)
      lionessEncrypt(&packet, from: SphinxSize.header, 0..<KeyLayout.payloadKey, of: payloadKey)
    }
    wipe()
  }

  /// The payload key of the hop whose keys lie at `offset`.
  private mutating func choosePayloadKey(_ offset: Int, _ version: SphinxVersion) {
    if version.hasSeeds {
      crypto.payloadKey(from: KeyLayout.seed + offset, of: hopKeys, into: &payloadKey)
    } else {
      payloadKey.copy(KeyLayout.payload + offset, of: hopKeys, to: 0)
    }
  }

  /// Overwrites every secret.
  mutating func wipe() {
    crypto.forget()
    choices.wipe()
    hopKeys.wipe()
    payloadKey.wipe()
    material.wipe()
    work.wipe()
    streams.wipe()
    filler.wipe()
    header.wipe()
  }
}

// MARK: The random choices

extension SphinxSender {
  /// Draws the choices for a route.
  mutating func choose(_ hops: Int, _ random: inout RandomStream) {
    choices.fill(0..<32 + Layout.padding(hops: hops), from: &random)
  }

  /// Takes the choices for a route.
  mutating func choose(_ hops: Int, _ secret: Span<UInt8>, _ padding: Span<UInt8>) throws(SphinxError) {
    guard secret.count == 32, padding.count == Layout.padding(hops: hops) else {
      throw .choices(secret: secret.count, padding: padding.count)
    }
    choices.copy(0..<32, of: secret, to: 0)
    choices.copy(0..<padding.count, of: padding, to: 32)
  }
}
