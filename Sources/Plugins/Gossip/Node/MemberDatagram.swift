package import MixNet

/// A ``SwimMessage`` as a datagram: `kind of proof 1 | sender 32 | proof 36 or 64 | message`. The proof is that of a member over all the
/// rest, so nobody else can say who is there. A datagram that comes again says nothing new: answers have numbers, news have incarnations.
package enum MemberDatagram {
  private static let headSize = 33

  package static func bytes(_ message: SwimMessage, from own: Membership) -> [UInt8] {
    var head = [own.proof.rawValue]
    head.append(own.id)
    var body: [UInt8] = []
    message.encode(into: &body)
    return head + own.proof(of: word(head.span, body.span).span) + body
  }

  /// What a member said, and who, be it in this node's own name; nil for anything else.
  package static func read(
    _ bytes: Span<UInt8>, _ own: Membership
  ) -> (message: SwimMessage, sender: Bytes32)? {
    let begin = headSize + own.proofSize
    guard bytes.count > begin, bytes[0] == own.proof.rawValue else { return nil }
    let (head, proof) = (bytes.extracting(..<headSize), bytes.extracting(headSize..<begin))
    let body = bytes.extracting(begin...)
    let sender = Bytes32(bytes, at: 1)
    guard own.holds(proof, of: word(head, body).span, by: sender) else { return nil }
    return SwimMessage(body).map { ($0, sender) }
  }

  private static func word(_ head: Span<UInt8>, _ body: Span<UInt8>) -> [UInt8] {
    var word = [UInt8](repeating: 0, count: 16 + head.count + body.count)
    var span = word.mutableSpan
    for (place, byte) in "hearsay datagram".utf8.enumerated() { span[place] = byte }
    span.put(head, at: 16)
    span.put(body, at: 16 + head.count)
    return word
  }
}
