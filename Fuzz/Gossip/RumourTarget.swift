import CSodium
import MixNet

@testable import Gossip

extension FuzzTarget {
  /// A peer: a message with its header, its proof and its payload.
  static let rumours = FuzzTarget(
    name: "rumours", summary: "peers: messages of gossip, their headers and their proofs", sizeMax: 320,
    seeds: { _ in
      let judge = RumourJudge()
      var seeds: [[UInt8]] = [[0] + judge.signed(), [2, 10, 1] + judge.sealed(.normal), [3, 9] + judge.signed()]
      for priority in GossipHeader.Priority.allCases {
        for kind in 0..<2 as Range<UInt8> { seeds.append([kind] + judge.sealed(priority)) }
      }
      return seeds
    }
  ) {
    let judge = RumourJudge()
    return { judge.look(Input($0)) }
  }
}

/// Whoever reads messages, and a member of the cluster, and somebody with a key.
private struct RumourJudge {
  private let ring = Keyring(Bytes32([1, 2, 3]))
  private let key: [UInt8]

  init() {
    var (publicKey, secretKey) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
    let seed = [UInt8](repeating: 5, count: 32)
    guard unsafe crypto_sign_seed_keypair(&publicKey, &secretKey, seed) == 0 else { fatalError("there is no key") }
    key = secretKey
  }

  private func frame(_ proof: GossipHeader.ProofKind, _ priority: GossipHeader.Priority) -> [UInt8] {
    let payload = Array("a rumour".utf8)
    let header = GossipHeader(
      proof: proof, priority: priority, topic: 7, origin: Bytes32(Array(key[32...])), epoch: 1, sequence: 2,
      createdMS: 3, lifeMS: 4, payloadSize: 8, content: GossipHeader.content(of: payload.span))
    return MessageFrame.bytes(header, ZstdCodec.Packed(plain: payload))
  }

  func sealed(_ priority: GossipHeader.Priority) -> [UInt8] {
    var bytes = frame(.clusterKey, priority)
    check(MessageProof.seal(&bytes, with: ring), "a message is not sealed")
    return bytes
  }

  func signed() -> [UInt8] {
    var bytes = frame(.signature, .normal)
    check(MessageProof.sign(&bytes, with: key), "a message is not signed")
    return bytes
  }

  func look(_ input: Input) {
    var input = input
    switch input.byte() % 4 {
    case 0: read(input.rest())
    case 1:
      // A member says anything.
      var bytes = input.rest()
      guard let frame = MessageFrame(bytes.span), MessageProof.seal(&bytes, with: ring) else { return }
      check(holds(bytes) == (frame.header.proof == .clusterKey), "the seal of a member does not hold")
    case 2:
      // What the proof is of was changed on the way.
      let (place, change) = (Int(input.byte()), input.byte())
      var bytes = input.rest()
      guard change != 0, place < GossipHeader.size, let frame = MessageFrame(bytes.span),
        frame.header.proof == .clusterKey, MessageProof.seal(&bytes, with: ring)
      else { return }
      bytes[place] ^= change
      check(!holds(bytes), "a header with another byte \(place) has a proof")
    default:
      // Somebody with a key says anything under its own name.
      let place = Int(input.byte()) % GossipHeader.size
      var bytes = input.rest()
      guard let frame = MessageFrame(bytes.span), frame.header.proof == .signature else { return }
      var header = frame.header
      header.origin = Bytes32(Array(key[32...]))
      write(header, to: &bytes)
      check(MessageProof.sign(&bytes, with: key), "a message is not signed")
      check(holds(bytes), "a signature does not hold")
      bytes[place] ^= 1
      check(!holds(bytes), "a signature holds for another byte \(place)")
    }
  }

  private func write(_ header: GossipHeader, to bytes: inout [UInt8]) {
    var span = bytes.mutableSpan
    header.write(to: &span)
  }

  private func holds(_ bytes: [UInt8]) -> Bool {
    guard let frame = MessageFrame(bytes.span) else { return false }
    return MessageProof.holds(frame, in: bytes.span, ring: ring, takesSignatures: true)
  }

  private func read(_ bytes: [UInt8]) {
    guard let frame = MessageFrame(bytes.span) else { return }
    var head = [UInt8](repeating: 0, count: GossipHeader.size)
    write(frame.header, to: &head)
    check(head.elementsEqual(bytes.prefix(GossipHeader.size)), "another header is written")
    check(frame.proof.upperBound + 6 == frame.payload.lowerBound, "the proof lies elsewhere")
    check(frame.payload.upperBound == bytes.count, "the payload lies elsewhere")
    check(frame.header.id() != frame.header.id(byContent: true), "two kinds of ids are one")
    guard !frame.isCompressed else { return }
    // Nothing but the proof and the hop is left to say.
    var again = MessageFrame.bytes(frame.header, ZstdCodec.Packed(plain: Array(bytes[frame.payload])))
    again.replaceSubrange(frame.proof, with: bytes[frame.proof])
    var room = again.mutableSpan
    MessageFrame.setHop(frame.hop, of: frame.header.proof, in: &room)
    check(again == bytes, "a message has two encodings")
    let isSealed = MessageProof.holds(frame, in: bytes.span, ring: nil, takesSignatures: false)
    check(!isSealed, "a proof of neither kind holds")
  }
}
