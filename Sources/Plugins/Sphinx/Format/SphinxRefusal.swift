/// Why a node refuses a packet, in the order of the checks.
public enum SphinxRefusal: String, Error, CaseIterable, Sendable, CustomStringConvertible {
  /// Not exactly the chain's packet size.
  case wrongSize = "wrong_size"
  /// An alpha that X25519 would read as another one: bit 255 set, or not below 2^255 - 19. One packet would have two
  /// encodings under one replay tag.
  case nonCanonicalAlpha = "noncanonical_alpha"
  /// An alpha of low order: the shared secret is zero, and valid at every node.
  case lowOrderAlpha = "low_order_alpha"
  /// The header is not authentic under any key of the node.
  case badMAC = "bad_mac"
  /// A version that the node does not speak.
  case unknownVersion = "unknown_version"
  /// A block that is neither a forward nor a final hop's.
  case badRoute = "bad_route"

  /// The name for counters and operators.
  public var description: String { rawValue }
}
