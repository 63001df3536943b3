import MixNet

/// A message, or a client (number 0), as it lies in a file: the client's address, the number, when it was written by the wall
/// clock, the identifier, the payload and a digest of all of it.
struct MailboxRecord {
  let client: Bytes32
  let number: UInt64
  let stored: WallTime
  let identifier: Bytes16
  let payload: [UInt8]

  private static let headSize = 64
  private static let digestSize = 32

  init(client: Bytes32, number: UInt64, stored: WallTime, identifier: Bytes16, payload: [UInt8]) {
    (self.client, self.number, self.stored) = (client, number, stored)
    (self.identifier, self.payload) = (identifier, payload)
  }

  /// What a file says; nil when it is damaged.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headSize + Self.digestSize else { return nil }
    let content = Array(bytes.dropLast(Self.digestSize))
    guard Fingerprint.of(content).array == Array(bytes.suffix(Self.digestSize)) else { return nil }
    client = Bytes32(content.span)
    number = content.span.bigEndian(at: 32, as: UInt64.self)
    stored = WallTime(ns: Int64(bitPattern: content.span.bigEndian(at: 40, as: UInt64.self)))
    identifier = Bytes16(content.span, at: 48)
    payload = Array(content[Self.headSize...])
  }

  var bytes: [UInt8] {
    var head = [UInt8](repeating: 0, count: Self.headSize)
    var out = head.mutableSpan
    client.write(to: &out)
    out.put(bigEndian: number, at: 32)
    out.put(bigEndian: UInt64(bitPattern: stored.ns), at: 40)
    identifier.write(to: &out, at: 48)
    let content = head + payload
    return content + Fingerprint.of(content).array
  }

  /// The message, if it is the one of this number for this client: else the file is another one's.
  func message(_ number: UInt64, _ client: Bytes32) -> MailboxMessage? {
    guard number == self.number, client == self.client else { return nil }
    return MailboxMessage(number: number, identifier: identifier, payload: payload)
  }
}
