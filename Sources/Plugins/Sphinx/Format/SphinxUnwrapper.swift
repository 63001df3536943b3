/// A node's half of the format, for one worker: takes one layer off a batch of packets, in two phases, with no allocation
/// after `init` and no I/O.
///
/// **Headers.** The host names packets by their place in the batch and lends them one at a time:
/// ```swift
/// unwrapper.beginHeaders()
/// for i in places { if let reason = unwrapper.load(i, packet(i)) { drop(i, reason) } }
/// while unwrapper.exchange() {
///   for i in places where unwrapper.awaits(i) { act(on: unwrapper.header(i, &packet(i), &secrets(i))) }
/// }
/// ```
/// **Finish**, for those that other stages left. Places may have changed; the secrets must have moved with the packets.
/// ```swift
/// unwrapper.beginPayloads()
/// for i in places { unwrapper.payload(i, &packet(i), &secrets(i)) }
/// unwrapper.blind()
/// for i in places where unwrapper.awaits(i) { unwrapper.alpha(i, &packet(i)) }
/// unwrapper.end()
/// ```
/// A packet that is refused costs neither payload nor blinding; one that is not authentic costs a multiplication a key
/// and a ninth of the key derivation. The multiplications of a batch are done together, by a ``PointMultiplier``.
///
/// Nothing that a packet holds can trap here. A place out of range, a step out of order or a scratch of the wrong size is
/// a mistake of the host's, and does.
public struct SphinxUnwrapper: ~Copyable {
  /// The node's keys. To be changed between batches only.
  public var keys: SphinxKeySet
  /// The size of every packet.
  public let size: SphinxSize
  /// The largest batch: places are 0 to `capacity - 1`.
  public let capacity: Int

  let multiplier: any PointMultiplier
  var crypto = PacketCrypto()
  var batch: Lanes

  // Of the packet at hand: its key derivation, its payload key and the seed of that, and beta with the zeros that this hop appends.
  var hopKeys = SecretBuffer(count: KeyLayout.total)
  var seed = SecretBuffer(count: KeyLayout.payloadSeed)
  var payloadKey = SecretBuffer(count: KeyLayout.payloadKey)
  var beta = SecretBuffer(count: Layout.stream)

  /// An unwrapper of batches of up to `capacity` packets of `size`; all memory is taken here.
  public init(
    keys: SphinxKeySet, size: SphinxSize, capacity: Int, multiplier: any PointMultiplier = X25519Choice.quickest
  ) {
    self.keys = keys
    self.size = size
    self.capacity = capacity
    self.multiplier = multiplier
    batch = Lanes(capacity: capacity)
  }

  /// Whether the packet at `place` took part in the last multiplications and its product was not used yet.
  public func awaits(_ place: Int) -> Bool { batch.awaits(place) }

  /// Overwrites every secret of the batch. Each phase begins so; a host that is idle next says it at the end, too.
  public mutating func end() {
    batch.reset()
    crypto.forget()
    hopKeys.wipe()
    seed.wipe()
    payloadKey.wipe()
    beta.wipe()
  }
}
