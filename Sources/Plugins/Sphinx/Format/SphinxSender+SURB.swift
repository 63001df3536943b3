public import MixNet

/// Reply blocks, replies with them, and what comes back.
extension SphinxSender {
  /// Makes a reply block over a route of one to five hops, whose last one is the node that knows the recipient.
  /// - Throws: ``SphinxError/hopCount(_:)`` or ``SphinxError/zeroIdentifier``.
  public mutating func createSURB(
    along hops: Span<SphinxHop>, to recipient: SphinxRecipient, version: SphinxVersion, random: inout RandomStream
  ) throws(SphinxError) -> SphinxSURB {
    guard !recipient.identifier.isZero else { throw .zeroIdentifier }
    begin()
    let place = try enter(along: hops, to: recipient, version: version, random: &random)
    return finish(place)
  }

  /// Makes the reply block that follows from an initial secret and a final padding, as in
  /// ``create(_:message:along:to:version:initialSecret:finalPadding:)``.
  /// - Throws: as ``createSURB(along:to:version:random:)``, or ``SphinxError/choices(secret:padding:)``.
  public mutating func createSURB(
    along hops: Span<SphinxHop>, to recipient: SphinxRecipient, version: SphinxVersion, initialSecret: Span<UInt8>,
    finalPadding: Span<UInt8>
  ) throws(SphinxError) -> SphinxSURB {
    guard !recipient.identifier.isZero else { throw .zeroIdentifier }
    begin()
    let place = try enter(
      along: hops, to: recipient, version: version, initialSecret: initialSecret, finalPadding: finalPadding)
    return finish(place)
  }

  private mutating func finish(_ place: Int) -> SphinxSURB {
    exchange()
    makeHeader(place)
    let route = routes[place]
    let (hops, version, keys) = (route.count, route.version, KeyLayout.route * place)
    var bytes = [UInt8](repeating: 0, count: SphinxSURB.size(version, hops: hops))
    var span = bytes.mutableSpan
    header.write(0..<SphinxSize.header, into: &span, at: 0)
    self.hops[route.first].address.write(to: &span, at: SphinxSURB.address.lowerBound)
    let part = (version.hasSeeds ? KeyLayout.seed : KeyLayout.payload) + keys
    let first = version == .v260 ? hops - 1 : 0
    for hop in first..<hops {
      hopKeys.write(part + KeyLayout.total * hop, into: &span, at: SphinxSURB.material + part.count * (hop - first))
    }
    var seeds = SecretBuffer(count: version == .v260 ? KeyLayout.payloadSeed * hops : 0)
    if version == .v260 {
      for hop in 0..<hops {
        seeds.copy(KeyLayout.seed + keys + KeyLayout.total * hop, of: hopKeys, to: KeyLayout.payloadSeed * hop)
      }
    }
    end()
    return SphinxSURB(
      bytes: bytes, recovery: SURBRecovery(version: version, identifier: route.recipient.identifier, seeds: seeds))
  }

  /// Makes the packet that carries `message` to the creator of a reply block; gives the address of the node to send it to.
  ///
  /// A block is good for one reply: a second one has the same replay tags and is dropped.
  /// - Throws: ``SphinxError/replyBlockSize(_:)``, ``SphinxError/payloadSize(_:)`` or
  ///   ``SphinxError/messageTooLong(_:max:)``; then `packet` is as it was.
  public mutating func reply(
    _ packet: inout MutableSpan<UInt8>, message: Span<UInt8>, with surb: Span<UInt8>
  ) throws(SphinxError) -> Bytes32 {
    guard let keySize = SphinxSURB.keySize(surb.count) else { throw .replyBlockSize(surb.count) }
    let size = try SphinxSize(packet: packet.count)
    guard message.count <= size.messageMax else { throw .messageTooLong(message.count, max: size.messageMax) }
    copy(0..<SphinxSize.header, of: surb, into: &packet, at: 0)
    SphinxPayload.write(message, into: &packet, from: SphinxSize.header)
    var end = surb.count
    while end > SphinxSURB.material {
      material.copy(end - keySize..<end, of: surb, to: 0)
      takePayloadKey(keySize)
      crypto.lionessEncrypt(&packet, from: SphinxSize.header, 0..<KeyLayout.payloadKey, of: payloadKey)
      end -= keySize
    }
    wipeScratch()
    return Bytes32(surb, at: SphinxSURB.address.lowerBound)
  }

  /// Makes a reply readable, in place, and gives the place of its message in the payload.
  ///
  /// In version 260 the nodes on the way added layers that nobody else can take off: they are put back, last hop's first, and
  /// then the replier's one, under the last hop's key, is taken off.
  /// - Throws: ``SphinxError/payloadSize(_:)``, or ``SphinxError/badPayload`` when it is not a reply to this block.
  public mutating func open(
    _ payload: inout MutableSpan<UInt8>, with recovery: SURBRecovery
  ) throws(SphinxError) -> Range<Int> {
    _ = try SphinxSize(payload: payload.count)
    let seeds = recovery.seeds.count
    if seeds > 0 {
      var seed = seeds
      while seed > 0 {
        seed -= KeyLayout.payloadSeed
        material.copy(seed..<seed + KeyLayout.payloadSeed, of: recovery.seeds, to: 0)
        takePayloadKey(KeyLayout.payloadSeed)
        crypto.lionessEncrypt(&payload, from: 0, 0..<KeyLayout.payloadKey, of: payloadKey)
      }
      material.copy(seeds - KeyLayout.payloadSeed..<seeds, of: recovery.seeds, to: 0)
      takePayloadKey(KeyLayout.payloadSeed)
      crypto.lionessDecrypt(&payload, from: 0, 0..<KeyLayout.payloadKey, of: payloadKey)
      wipeScratch()
    }
    guard let message = SphinxPayload.message(in: payload.span) else { throw .badPayload }
    return message
  }

  /// The payload key of ``material``: a whole one, or a seed.
  private mutating func takePayloadKey(_ size: Int) {
    if size == KeyLayout.payloadSeed {
      crypto.payloadKey(from: 0..<size, of: material, into: &payloadKey)
    } else {
      payloadKey.copy(0..<size, of: material, to: 0)
    }
  }
}
