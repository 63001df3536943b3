/// The innermost form of a payload: 16 zero bytes, the message, a byte 1, zeros.
public enum SphinxPayload {
  /// The zero bytes in front. A payload that was changed on its way has them with a chance of 2^-128.
  static let zeros = 16
  static let mark: UInt8 = 1

  /// Where the message lies in a payload that a service received, or nil when the payload was changed on its way or is not
  /// complete. The message ends at the last byte that is 1.
  public static func message(in payload: Span<UInt8>) -> Range<Int>? {
    guard payload.count > zeros, isZero(payload.extracting(0..<zeros)) else { return nil }
    var end = payload.count - 1
    while end >= zeros {
      if payload[end] == mark { return zeros..<end }
      end -= 1
    }
    return nil
  }

  /// Writes the form from `offset` to the end.
  static func write(_ message: Span<UInt8>, into packet: inout MutableSpan<UInt8>, from offset: Int) {
    let start = offset + zeros
    for i in offset..<start { packet[i] = 0 }
    copy(0..<message.count, of: message, into: &packet, at: start)
    packet[start + message.count] = mark
    for i in start + message.count + 1..<packet.count { packet[i] = 0 }
  }
}
