public import MixNet

/// A node's X25519 secret key. It is never printed, and its memory is wiped when the last owner lets go.
public final class SphinxSecretKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The public key that belongs to it.
  public let publicKey: Bytes32
  private let bytes: SecretBuffer

  /// The key with these 32 bytes, which are clamped on use (RFC 7748).
  /// - Throws: ``SphinxError/keySize(_:)``.
  public init(_ bytes: Span<UInt8>) throws(SphinxError) {
    guard bytes.count == 32 else { throw .keySize(bytes.count) }
    startCrypto()
    var scratch = SecretBuffer(count: 64)
    scratch.copy(0..<32, of: bytes, to: 0)
    multiplyBase(0, into: 32, of: &scratch)
    publicKey = scratch.bytes32(at: 32)
    self.bytes = SecretBuffer(bytes)
  }

  /// A key of the next 32 bytes of `random`.
  public convenience init(random: inout RandomStream) {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    random.fill(&span)
    defer { wipe(&span) }
    do { try self.init(span.span) } catch { preconditionFailure("32 bytes make a key") }
  }

  /// Writes the secret bytes at `offset`: to a key file, and nowhere else.
  public func reveal(into target: inout MutableSpan<UInt8>, at offset: Int = 0) {
    bytes.write(0..<32, into: &target, at: offset)
  }

  func copy(into target: inout SecretBuffer, at offset: Int) { target.copy(0..<32, of: bytes, to: offset) }

  /// Nothing of the key.
  public var description: String { "<secret>" }
  /// Nothing of the key.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// A node's public key as a sender uses it: canonical, not of low order, and looked at once.
public struct SphinxPublicKey: Hashable, Sendable, CustomStringConvertible {
  /// The 32 bytes.
  public let bytes: Bytes32
  /// Whether the point is on the curve, where one multiplication a hop is enough; else it is on the curve's twist.
  let isOnCurve: Bool

  /// The key with these bytes. It costs three multiplications, so keep the value.
  /// - Throws: ``SphinxError/nonCanonicalKey`` or ``SphinxError/lowOrderKey``.
  public init(_ bytes: Bytes32) throws(SphinxError) {
    startCrypto()
    guard bytes.isCanonicalPoint else { throw .nonCanonicalKey }
    guard let isOnCurve = PointCheck.isOnCurve(bytes) else { throw .lowOrderKey }
    self.bytes = bytes
    self.isOnCurve = isOnCurve
  }

  /// The public key of `secret`; it costs nothing.
  public init(of secret: SphinxSecretKey) {
    bytes = secret.publicKey
    isOnCurve = true
  }

  /// Lower-case hex.
  public var description: String { bytes.description }
}

/// The secret keys of a node that are valid now. When keys change, the old one stays beside the new one for a while.
public struct SphinxKeySet: Sendable {
  /// Tried first.
  public var current: SphinxSecretKey
  /// Tried for what is not authentic under ``current``. While it is set, a forgery costs a second multiplication.
  public var other: SphinxSecretKey?

  /// A set of one key, or of two while keys change.
  public init(_ current: SphinxSecretKey, other: SphinxSecretKey? = nil) {
    self.current = current
    self.other = other
  }

  /// The key of a round of attempts.
  func key(_ round: Int) -> SphinxSecretKey? { round == 0 ? current : round == 1 ? other : nil }
}

extension Bytes32 {
  /// Whether the bytes are the one encoding of a u-coordinate: bit 255 clear and the number below 2^255 - 19.
  var isCanonicalPoint: Bool {
    let top: UInt64 = 0x7fff_ffff_ffff_ffff
    if words[3] != top { return words[3] < top }
    return words[2] != .max || words[1] != .max || words[0] < 0xffff_ffff_ffff_ffed
  }
}
