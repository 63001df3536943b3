public import MixNet

/// A single-use reply block: with it anyone can send one message to its creator without knowing who that is.
public struct SphinxSURB: Sendable {
  /// The block to hand out: header, address of the first hop, key material. It does not tell the route.
  public let bytes: [UInt8]
  /// What the creator keeps.
  public let recovery: SURBRecovery

  static let address = SphinxSize.header..<SphinxSize.header + 32
  static let material = address.upperBound

  /// Bytes of a block of this version over so many hops.
  public static func size(_ version: SphinxVersion, hops: Int) -> Int {
    switch version {
    case .v258: material + KeyLayout.payloadKey * hops
    case .v259: material + KeyLayout.payloadSeed * hops
    case .v260: material + KeyLayout.payloadSeed
    }
  }

  /// The address of the node that a reply goes to first; nil when no block has this size.
  public static func firstHop(of surb: Span<UInt8>) -> Bytes32? {
    keySize(surb.count) == nil ? nil : Bytes32(surb, at: address.lowerBound)
  }

  /// The size of each key in a block of `size` bytes, or nil when no block has that size. Full keys and seeds cannot be
  /// mixed up; and what a replier does with a block of seeds is the same in both versions that have them.
  static func keySize(_ size: Int) -> Int? {
    let bytes = size - material
    let hops = 1...SphinxSize.hopsMax
    if bytes % KeyLayout.payloadKey == 0, hops.contains(bytes / KeyLayout.payloadKey) { return KeyLayout.payloadKey }
    if bytes % KeyLayout.payloadSeed == 0, hops.contains(bytes / KeyLayout.payloadSeed) { return KeyLayout.payloadSeed }
    return nil
  }
}
