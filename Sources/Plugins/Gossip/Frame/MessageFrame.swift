import MixNet

/// A message as it goes over a link. What follows the header and its proof may change from link to link.
///
/// Bytes: `header 108 | proof 64, or key id 4 and keyed hash 32 | hop 1 | codec 1 | dictionary 4 | payload`, the payload as it is (codec
/// 0) or as a frame of zstd (1). Relays pass it on as it came, but for `hop`.
package struct MessageFrame: Sendable {
  package let header: GossipHeader
  /// Where the proof lies in the frame's bytes.
  package let proof: Range<Int>
  /// The links that it has passed, this one with them.
  package let hop: UInt8
  package let isCompressed: Bool
  /// The dictionary's id; 0 for none.
  package let dictionary: UInt32
  /// Where the payload lies, as it was sent.
  package let payload: Range<Int>

  /// Bytes beside the payload, at most.
  package static let overheadMax = GossipHeader.size + 64 + restSize

  /// Bytes beside the payload with this kind of proof.
  static func overhead(_ proof: GossipHeader.ProofKind) -> Int { GossipHeader.size + proofSize(proof) + restSize }

  /// Bytes between the proof and the payload.
  private static let restSize = 6

  private static func proofSize(_ kind: GossipHeader.ProofKind) -> Int {
    switch kind {
    case .signature: 64
    case .clusterKey: 36
    }
  }

  /// Reads a frame; nil when it is none. That its proof holds is another matter.
  package init?(_ bytes: Span<UInt8>) {
    guard let header = GossipHeader(bytes) else { return nil }
    proof = GossipHeader.size..<GossipHeader.size + Self.proofSize(header.proof)
    let begin = proof.upperBound + Self.restSize
    guard bytes.count >= begin else { return nil }
    hop = bytes[proof.upperBound]
    dictionary = bytes.bigEndian(at: proof.upperBound + 2)
    payload = begin..<bytes.count
    switch bytes[proof.upperBound + 1] {
    case 0:
      guard dictionary == 0, payload.count == Int(header.payloadSize) else { return nil }
      isCompressed = false
    case 1: isCompressed = true
    default: return nil
    }
    self.header = header
  }

  /// The bytes of a frame, with room for the proof left zero; at hop 1.
  package static func bytes(_ header: GossipHeader, _ packed: ZstdCodec.Packed) -> [UInt8] {
    let begin = GossipHeader.size + proofSize(header.proof)
    var bytes = [UInt8](repeating: 0, count: begin + restSize)
    var span = bytes.mutableSpan
    header.write(to: &span)
    setHop(1, of: header.proof, in: &span)
    span.put(bigEndian: packed.isCompressed ? 1 : 0 as UInt8, at: begin + 1)
    span.put(bigEndian: packed.dictionary, at: begin + 2)
    bytes += packed.bytes
    return bytes
  }

  /// Writes how many links a frame has passed into its bytes, which begin at `place`.
  package static func setHop(
    _ hop: UInt8, of kind: GossipHeader.ProofKind, in bytes: inout MutableSpan<UInt8>, at place: Int = 0
  ) {
    bytes.put(bigEndian: hop, at: place + GossipHeader.size + proofSize(kind))
  }
}
