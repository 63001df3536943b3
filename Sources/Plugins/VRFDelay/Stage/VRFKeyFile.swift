import CSodium
import MixNet

extension VRFSecretKey {
  /// The key in 64 hex digits, with or without a line's end; nil when there are none.
  convenience init?(hexDigits digits: Span<UInt8>) {
    var count = digits.count
    while count > 0, [0x0a, 0x0d, 0x20].contains(digits[count - 1]) { count -= 1 }
    guard count == 64 else { return nil }
    var seed = InlineArray<32, UInt8>(repeating: 0)
    var span = seed.mutableSpan
    defer { unsafe span.withUnsafeMutableBufferPointer { unsafe sodium_memzero($0.baseAddress, $0.count) } }
    for i in 0..<64 {
      let code = digits[i]
      let digit: UInt8
      switch code {
      case 0x30...0x39: digit = code - 0x30
      case 0x41...0x46: digit = code - 0x37
      case 0x61...0x66: digit = code - 0x57
      default: return nil
      }
      span[i / 2] = span[i / 2] << 4 | digit
    }
    self.init(span.span)
  }
}

/// Overwrites secrets in a way that no compiler removes.
func wipe(_ bytes: inout [UInt8]) {
  unsafe bytes.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
}
