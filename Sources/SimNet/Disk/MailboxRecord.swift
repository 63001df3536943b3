import MixNet

/// A message, or a client (number 0), as it lies in a file: the client's address, the number, the identifier, the payload and
/// a digest of all of it.
struct MailboxRecord {
  let client: Bytes32
  let number: UInt64
  let identifier: Bytes16
  let payload: [UInt8]

  private static let headSize = 56
  private static let digestSize = 32

  init(client: Bytes32, number: UInt64, identifier: Bytes16, payload: [UInt8]) {
    (self.client, self.number, self.identifier, self.payload) = (client, number, identifier, payload)
  }

  /// What a file says; nil when it is damaged.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.headSize + Self.digestSize else { return nil }
    let content = Array(bytes.dropLast(Self.digestSize))
    guard Fingerprint.of(content).array == Array(bytes.suffix(Self.digestSize)) else { return nil }
    client = Bytes32(content.span)
    number = content.span.bigEndian(at: 32, as: UInt64.self)
    identifier = Bytes16(content.span, at: 40)
    payload = Array(content[Self.headSize...])
  }

  var bytes: [UInt8] {
    var head = [UInt8](repeating: 0, count: Self.headSize)
    var out = head.mutableSpan
    client.write(to: &out)
    out.put(bigEndian: number, at: 32)
    identifier.write(to: &out, at: 40)
    let content = head + payload
    return content + Fingerprint.of(content).array
  }

  /// The message, if it is the one of this number for this client: else the file is another one's.
  func message(_ number: UInt64, _ client: Bytes32) -> MailboxMessage? {
    guard number == self.number, client == self.client else { return nil }
    return MailboxMessage(number: number, identifier: identifier, payload: payload)
  }
}
