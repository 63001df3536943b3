/// A version of the packet format: how a hop's payload key is made, and who can read a reply.
///
/// A node acts by the version inside the block that it decrypted. The unclamped 257 and every other number are refused.
public enum SphinxVersion: UInt16, CaseIterable, Sendable {
  /// A payload key is 192 bytes of the header's key derivation; a reply block carries whole keys.
  case v258 = 258
  /// A payload key is derived from a seed of 16 bytes; a reply block carries seeds.
  case v259 = 259
  /// As 259, but a reply block carries the last hop's seed alone, so that only its creator can read the reply (given more
  /// than one hop: a single node takes off the very layer that the replier put on).
  case v260 = 260

  /// Whether a payload key is derived from a seed.
  var hasSeeds: Bool { self != .v258 }
}
