import CSodium
public import MixNet

/// A secret key of the VRF, made of 32 bytes as Ed25519's are. It is never printed, and its memory is wiped when the last
/// owner lets go.
///
/// Do not sign with it: a proof's nonce is derived as a signature's is.
public final class VRFSecretKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The public key that belongs to it.
  public let publicKey: VRFPublicKey
  /// The seed, then the scalar, which is clamped, then the nonces' prefix.
  private let secret: SecretBytes

  private enum Part {
    static let seed = 0..<32
    static let scalar = 32
    static let prefix = 64..<96
    static let total = 96
  }

  /// The key of these 32 bytes; nil for another number of them.
  public convenience init?(_ seed: Span<UInt8>) {
    guard seed.count == 32 else { return nil }
    self.init(exactly: seed)
  }

  /// A key of the next 32 bytes of `random`.
  public convenience init(random: inout RandomStream) {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    random.fill(&span)
    self.init(exactly: span.span)
    unsafe span.withUnsafeMutableBufferPointer { unsafe sodium_memzero($0.baseAddress, $0.count) }
  }

  private init(exactly seed: Span<UInt8>) {
    startSodium()
    var secret = SecretBytes(count: Part.total)
    secret.copy(seed, to: 0)
    var hash = SHA512()
    hash.add(secret, Part.seed)
    hash.finish(into: &secret, at: Part.scalar)
    let scalar = unsafe secret.at(Part.scalar, 32)
    unsafe scalar[0] &= 0xf8
    unsafe scalar[31] = unsafe scalar[31] & 0x7f | 0x40
    guard let point = unsafe EdwardsPoint.base(times: scalar) else {
      preconditionFailure("a clamped scalar is not zero")
    }
    publicKey = VRFPublicKey(trusted: point)
    self.secret = secret
  }

  /// The proof for `input` (RFC 9381, section 5.1): the same one each time. Nil in one of 2^252 cases. Some 300 us; the time
  /// tells nothing of the key.
  public func prove(_ input: Span<UInt8>) -> VRFProof? {
    guard let point = VRFTranscript.encodeToCurve(publicKey.bytes, input) else { return nil }
    let scalar = unsafe secret.at(Part.scalar, 32)
    // The nonce's hash, the nonce, and two products with it.
    var work = SecretBytes(count: 64 + 32 + 32)
    var hash = SHA512()
    hash.add(secret, Part.prefix)
    hash.add(point.bytes)
    hash.finish(into: &work, at: 0)
    let nonce = unsafe work.at(64, 32)
    unsafe crypto_core_ed25519_scalar_reduce(nonce, work.at(0, 64))
    guard let gamma = unsafe point.times(scalar), let u = unsafe EdwardsPoint.base(times: nonce),
      let v = unsafe point.times(nonce)
    else { return nil }
    let challenge = VRFTranscript.challenge(publicKey.bytes, point, gamma.bytes, u, v)
    let product = unsafe work.at(96, 32)
    unsafe challenge.scalar.withPointer { unsafe crypto_core_ed25519_scalar_mul(product, $0, scalar) }
    let response = unsafe Bytes32.written { unsafe crypto_core_ed25519_scalar_add($0, nonce, product) }
    return VRFProof(gamma: gamma.bytes, challenge: challenge, response: response)
  }

  /// Writes the 32 bytes that the key is made of at `offset`: to a key file, and nowhere else.
  public func reveal(into target: inout MutableSpan<UInt8>, at offset: Int = 0) {
    for i in 0..<32 { target[offset + i] = unsafe secret.at(i, 1).pointee }
  }

  /// Nothing of the key.
  public var description: String { "<secret>" }
  /// Nothing of the key.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
