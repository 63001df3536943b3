import CSodium
import MixNet

/// A point of edwards25519 by its canonical encoding of 32 bytes (RFC 8032, section 5.1.2).
struct EdwardsPoint: Equatable, Sendable {
  let bytes: Bytes32

  private init(trusted bytes: Bytes32) { self.bytes = bytes }

  /// The point of a key or of a proof: in its canonical encoding, of the group of prime order, and not the identity; nil for
  /// other bytes.
  ///
  /// The RFC lets a part of low order pass in both. No honest key or proof has one, and it would make a proof's validity
  /// hang on the challenge's last three bits.
  init?(_ bytes: Bytes32) {
    startSodium()
    guard unsafe bytes.withPointer({ unsafe crypto_core_ed25519_is_valid_point($0) }) == 1 else { return nil }
    self.bytes = bytes
  }

  /// Eight times the point that these bytes encode canonically; nil when they encode none, or when that is the identity.
  init?(clearingCofactorOf bytes: Bytes32) {
    startSodium()
    guard bytes.isCanonicalPoint else { return nil }
    var point = EdwardsPoint(trusted: bytes)
    for _ in 0..<3 {
      guard let sum = point + point else { return nil }
      point = sum
    }
    guard point != Self.identity else { return nil }
    self = point
  }

  private static let identity = EdwardsPoint(trusted: Bytes32(words: [1, 0, 0, 0]))

  /// Nil when one of the encodings is of no point, which for a value of this type cannot be but once: where its bytes were
  /// not looked at yet.
  static func + (a: Self, b: Self) -> Self? {
    unsafe combined(a, b) { unsafe crypto_core_ed25519_add($0, $1, $2) }
  }

  static func - (a: Self, b: Self) -> Self? {
    unsafe combined(a, b) { unsafe crypto_core_ed25519_sub($0, $1, $2) }
  }

  private static func combined(
    _ a: Self, _ b: Self,
    _ operation: (UnsafeMutablePointer<UInt8>, UnsafePointer<UInt8>, UnsafePointer<UInt8>) -> Int32
  ) -> Self? {
    var isDone = false
    let result = unsafe Bytes32.written { out in
      unsafe a.bytes.withPointer { a in
        unsafe b.bytes.withPointer { b in isDone = unsafe operation(out, a, b) == 0 }
      }
    }
    return isDone ? EdwardsPoint(trusted: result) : nil
  }

  // MARK: Multiples

  /// The point times a scalar below 2^255 of 32 bytes, in constant time. Nil for zero, and for a point outside of the group
  /// of prime order.
  func times(_ scalar: UnsafePointer<UInt8>) -> Self? {
    var isDone = false
    let result = unsafe Bytes32.written { out in
      unsafe bytes.withPointer { isDone = unsafe crypto_scalarmult_ed25519_noclamp(out, scalar, $0) == 0 }
    }
    return isDone ? EdwardsPoint(trusted: result) : nil
  }

  func times(_ scalar: Bytes32) -> Self? { unsafe scalar.withPointer { unsafe times($0) } }

  /// The base point times a scalar below 2^255 of 32 bytes, in constant time; nil for zero.
  static func base(times scalar: UnsafePointer<UInt8>) -> Self? {
    var isDone = false
    let result = unsafe Bytes32.written { isDone = unsafe crypto_scalarmult_ed25519_base_noclamp($0, scalar) == 0 }
    return isDone ? EdwardsPoint(trusted: result) : nil
  }

  static func base(times scalar: Bytes32) -> Self? { unsafe scalar.withPointer { unsafe base(times: $0) } }
}

extension Bytes32 {
  /// Lets `body` read the bytes.
  func withPointer<R>(_ body: (UnsafePointer<UInt8>) -> R) -> R {
    var words = self.words
    for i in 0..<4 { words[i] = words[i].littleEndian }
    return unsafe withUnsafePointer(to: words) {
      unsafe $0.withMemoryRebound(to: UInt8.self, capacity: 32) { unsafe body($0) }
    }
  }

  /// The bytes that `body` writes; zeros where it writes none.
  static func written(_ body: (UnsafeMutablePointer<UInt8>) -> Void) -> Bytes32 {
    var words = InlineArray<4, UInt64>(repeating: 0)
    unsafe withUnsafeMutablePointer(to: &words) {
      unsafe $0.withMemoryRebound(to: UInt8.self, capacity: 32) { unsafe body($0) }
    }
    for i in 0..<4 { words[i] = words[i].littleEndian }
    return Bytes32(words: words)
  }

  /// Whether the number without its highest bit is below 2^255 - 19, and no zero has a sign (RFC 8032, section 5.1.3).
  var isCanonicalPoint: Bool {
    let top = words[3] & 0x7fff_ffff_ffff_ffff
    let isNegative = words[3] >> 63 == 1
    let isHigh = top == 0x7fff_ffff_ffff_ffff && words[2] == .max && words[1] == .max
    if isHigh, words[0] >= 0xffff_ffff_ffff_ffed { return false }
    // x is zero for y = 1 and y = -1 alone.
    let isOne = words[0] == 1 && words[1] == 0 && words[2] == 0 && top == 0
    let isMinusOne = isHigh && words[0] == 0xffff_ffff_ffff_ffec
    return !(isNegative && (isOne || isMinusOne))
  }

  /// Whether the number is below the order of the base point, as a scalar in its one encoding is.
  var isCanonicalScalar: Bool {
    let order: InlineArray<4, UInt64> = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000]
    for i in (0..<4).reversed() where words[i] != order[i] { return words[i] < order[i] }
    return false
  }
}

/// Makes libsodium choose its code for this processor, once a process.
func startSodium() { precondition(sodiumStarted, "libsodium does not start") }

private let sodiumStarted = sodium_init() >= 0
