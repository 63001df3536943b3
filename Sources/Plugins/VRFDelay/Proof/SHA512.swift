import CSodium
import MixNet

/// SHA-512 of what comes piece by piece. Its state is wiped when the hash is taken.
struct SHA512: ~Copyable {
  private var state = crypto_hash_sha512_state()

  init() { _ = unsafe crypto_hash_sha512_init(&state) }

  /// The hash of one of the suite's functions: the suite, then which function it is (RFC 9381, section 5.4).
  init(suiteFunction: UInt8) {
    self.init()
    add(VRFSuite.byte)
    add(suiteFunction)
  }

  mutating func add(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer {
      _ = unsafe crypto_hash_sha512_update(&state, $0.baseAddress, UInt64($0.count))
    }
  }

  mutating func add(_ byte: UInt8) {
    unsafe withUnsafePointer(to: byte) { _ = unsafe crypto_hash_sha512_update(&state, $0, 1) }
  }

  mutating func add(_ point: Bytes32) {
    unsafe point.withPointer { _ = unsafe crypto_hash_sha512_update(&state, $0, 32) }
  }

  mutating func add(_ secret: borrowing SecretBytes, _ range: Range<Int>) {
    _ = unsafe crypto_hash_sha512_update(&state, secret.at(range.lowerBound, range.count), UInt64(range.count))
  }

  /// Writes the 64 bytes at `offset` of `out`.
  consuming func finish(into out: inout SecretBytes, at offset: Int) {
    _ = unsafe crypto_hash_sha512_final(&state, out.at(offset, 64))
  }

  /// The 64 bytes, which are not secret.
  consuming func finish() -> InlineArray<64, UInt8> {
    var out = InlineArray<64, UInt8>(repeating: 0)
    var span = out.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { _ = unsafe crypto_hash_sha512_final(&state, base) }
    }
    return out
  }
}

/// What the suite ECVRF-EDWARDS25519-SHA512-TAI fixes (RFC 9381, section 5.5).
enum VRFSuite {
  static let byte: UInt8 = 0x03
  static let encodeToCurve: UInt8 = 0x01
  static let challenge: UInt8 = 0x02
  static let proofToHash: UInt8 = 0x03
  /// What ends the input of each function.
  static let end: UInt8 = 0x00
}
