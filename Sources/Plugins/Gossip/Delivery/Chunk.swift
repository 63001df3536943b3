package import MixNet

/// A part of a payload that is too large for one message. Each part is a message of its own; in its payload stands first which part of
/// what it is, big-endian: `first 8 | number 4 | count 4 | size 4 | content 32`.
package struct Chunk: Hashable, Sendable {
  package static let headerSize = 52
  /// Bytes of the payload in each part but the last, which has the rest.
  package static let partSize = 32 << 10
  /// The largest payload.
  package static let payloadMax = 16 << 20

  /// The number of the message with the first part, by its origin's count; the parts have numbers one after the other.
  package let first: UInt64
  /// Which part it is, from 0 on, and how many there are.
  package let number: Int
  package let count: Int
  /// The whole payload's bytes, and its hash.
  package let size: Int
  package let content: Bytes32

  /// How many parts a payload of so many bytes has; nil when it is too large, or has none.
  package static func count(of size: Int) -> Int? {
    guard 1...payloadMax ~= size else { return nil }
    return (size + partSize - 1) / partSize
  }

  /// Which bytes of the payload it has.
  package var range: Range<Int> { number * Self.partSize..<min(size, (number + 1) * Self.partSize) }

  /// The payloads of the messages that carry a payload, the first of which will have the number `first`; none for what is too large.
  package static func split(_ payload: [UInt8], first: UInt64) -> [[UInt8]] {
    guard let count = count(of: payload.count) else { return [] }
    let content = GossipHeader.content(of: payload.span)
    return (0..<count).map { number in
      let chunk = Chunk(first: first, number: number, count: count, size: payload.count, content: content)
      var bytes = [UInt8](repeating: 0, count: headerSize)
      var span = bytes.mutableSpan
      span.put(bigEndian: first, at: 0)
      span.put(bigEndian: UInt32(clamping: number), at: 8)
      span.put(bigEndian: UInt32(clamping: count), at: 12)
      span.put(bigEndian: UInt32(clamping: payload.count), at: 16)
      content.write(to: &span, at: 20)
      return bytes + payload[chunk.range]
    }
  }

  private init(first: UInt64, number: Int, count: Int, size: Int, content: Bytes32) {
    (self.first, self.number, self.count, self.size, self.content) = (first, number, count, size, content)
  }

  /// Reads which part a message's payload is; nil when it is none, or its numbers do not agree with each other, or with the message's
  /// own number.
  package init?(_ payload: Span<UInt8>, sequence: UInt64) {
    guard payload.count > Self.headerSize else { return nil }
    self.init(
      first: payload.bigEndianWord(at: 0), number: Int(payload.bigEndian(at: 8, as: UInt32.self)),
      count: Int(payload.bigEndian(at: 12, as: UInt32.self)), size: Int(payload.bigEndian(at: 16, as: UInt32.self)),
      content: Bytes32(payload, at: 20))
    guard Self.count(of: size) == count, number < count, payload.count == Self.headerSize + range.count,
      first > 0, sequence >= first, sequence - first == UInt64(number)
    else { return nil }
  }
}
