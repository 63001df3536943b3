import MixNet

/// A packet of 64 bytes, each of which follows from the packet's number.
struct Stamp {
  static let size = 64
  private var words = InlineArray<8, UInt64>(repeating: 0)

  /// Makes it packet `number`.
  mutating func set(_ number: UInt64) {
    words[0] = number
    for i in 1..<8 { words[i] = Self.mix(number, i) }
  }

  /// Lends the packet.
  func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    unsafe words.span.withUnsafeBytes { bytes in
      body(unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
    }
  }

  /// As many bytes as a packet or a message has, a multiple of eight, that follow from `number` in the same way.
  static func bytes(_ number: UInt64, size: Int) -> [UInt8] {
    var words = [number] + (1..<size / 8).map { mix(number, $0) }
    return unsafe words.withUnsafeMutableBytes { unsafe [UInt8]($0) }
  }

  /// The number of the packet that these bytes are; nil when one of them is wrong.
  static func number(of bytes: Span<UInt8>) -> UInt64? {
    guard bytes.count >= 16, bytes.count % 8 == 0 else { return nil }
    let raw = unsafe bytes.bytes
    let number = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    for i in 1..<bytes.count / 8
    where unsafe raw.unsafeLoadUnaligned(fromByteOffset: 8 * i, as: UInt64.self) != mix(number, i) {
      return nil
    }
    return number
  }

  /// Whether all bytes behind the first `start`, a multiple of eight, are those that follow from a number.
  static func holds(_ bytes: Span<UInt8>, _ number: UInt64, after start: Int) -> Bool {
    let raw = unsafe bytes.bytes
    for i in start / 8..<max(start, bytes.count) / 8
    where unsafe raw.unsafeLoadUnaligned(fromByteOffset: 8 * i, as: UInt64.self) != mix(number, i) {
      return false
    }
    return true
  }

  private static func mix(_ number: UInt64, _ i: Int) -> UInt64 {
    let product = (number &+ UInt64(i)) &* 0x9e37_79b9_7f4a_7c15
    return product ^ product >> 29
  }
}

/// Tells two sets of numbers apart that differ in any number, or in how often one is in them.
struct NumberSet: Equatable {
  private(set) var count = 0
  private var sum: UInt64 = 0

  mutating func add(_ number: UInt64) {
    var mixed = number &* 0xff51_afd7_ed55_8ccd
    mixed ^= mixed >> 32
    sum &+= mixed &* 0xc4ce_b9fe_1a85_ec53
    count += 1
  }
}
