import MixNet

/// What goes over a link to see whether the peer is well: the kind, and a number of four bytes, big-endian.
package enum HealthMessage: Hashable, Sendable {
  /// 1: are you there?
  case check(UInt32)
  /// 2: yes, with the number of the question.
  case answer(UInt32)

  /// Every message has as many bytes.
  package static let size = 5

  /// Appends the message's bytes.
  package func encode(into out: inout [UInt8]) {
    switch self {
    case .check(let number):
      out.append(1)
      out.append(bigEndian: number)
    case .answer(let number):
      out.append(2)
      out.append(bigEndian: number)
    }
  }

  /// Reads a message; nil when the bytes are none.
  package init?(_ bytes: Span<UInt8>) {
    var reader = FieldReader()
    guard let kind = reader.u8(bytes), let number = reader.u32(bytes), reader.isAtEnd(bytes) else { return nil }
    switch kind {
    case 1: self = .check(number)
    case 2: self = .answer(number)
    default: return nil
    }
  }
}
