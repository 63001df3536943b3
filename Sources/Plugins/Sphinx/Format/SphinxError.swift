/// Why a sender, or a reader of keys, cannot do what it was asked. Nothing here is about a packet from the network: that
/// is a ``SphinxRefusal``.
public enum SphinxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A route must have one to five hops; this one has so many.
  case hopCount(Int)
  /// A payload of so many bytes is outside ``SphinxSize/payloads``.
  case payloadSize(Int)
  /// A message of so many bytes in a packet that takes `max`.
  case messageTooLong(Int, max: Int)
  /// A key must have 32 bytes; this one has so many.
  case keySize(Int)
  /// A public key that is not the one encoding of its point.
  case nonCanonicalKey
  /// A public key of low order: every shared secret with it would be zero.
  case lowOrderKey
  /// The initial secret must have 32 bytes and the final padding what the route leaves; the sizes found.
  case choices(secret: Int, padding: Int)
  /// A reply block of so many bytes, which is no reply block's size.
  case replyBlockSize(Int)
  /// A reply block needs an identifier that is not zero, by which its creator knows the reply.
  case zeroIdentifier
  /// What a creator kept of a reply block has a size that does not fit its version; the size found.
  case recoverySize(Int)
  /// A payload that does not hold a message: it was changed on its way, or is not for this key.
  case badPayload

  /// One sentence for a person.
  public var description: String {
    switch self {
    case .hopCount(let n): "a route has 1 to \(SphinxSize.hopsMax) hops, not \(n)"
    case .payloadSize(let n):
      "a payload has \(SphinxSize.payloads.lowerBound) to \(SphinxSize.payloads.upperBound) bytes, not \(n)"
    case .messageTooLong(let n, let max): "the message has \(n) bytes; at most \(max) fit"
    case .keySize(let n): "a key has 32 bytes, not \(n)"
    case .nonCanonicalKey: "the public key is not in its canonical encoding"
    case .lowOrderKey: "the public key is a point of low order"
    case .choices(let secret, let padding): "a secret of \(secret) and a padding of \(padding) bytes do not fit"
    case .replyBlockSize(let n): "no reply block has \(n) bytes"
    case .zeroIdentifier: "the identifier of a reply block must not be zero"
    case .recoverySize(let n): "\(n) bytes do not recover a reply of this version"
    case .badPayload: "the payload holds no message"
    }
  }
}
