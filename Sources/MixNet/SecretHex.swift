import CSodium

extension Hex {
  /// Lends the 32 bytes of a secret that is written in 64 hex digits, with or without a line's end; nil when it is not. The digits
  /// and the bytes are overwritten before this returns, in a way that no compiler removes.
  public static func withSecret<Key>(_ digits: inout [UInt8], _ body: (Span<UInt8>) -> Key?) -> Key? {
    var secret = [UInt8](repeating: 0, count: 32)
    defer {
      unsafe secret.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
      unsafe digits.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
    }
    var count = digits.count
    while count > 0, [0x0a, 0x0d, 0x20].contains(digits[count - 1]) { count -= 1 }
    guard count == 64 else { return nil }
    for place in 0..<64 {
      guard let digit = value(ofDigit: digits[place]) else { return nil }
      secret[place / 2] = secret[place / 2] << 4 | digit
    }
    return body(secret.span)
  }

  private static func value(ofDigit code: UInt8) -> UInt8? {
    switch code {
    case 0x30...0x39: code - 0x30
    case 0x41...0x46: code - 0x37
    case 0x61...0x66: code - 0x57
    default: nil
    }
  }
}
