import CSodium
import MixNet

/// Makes and checks what shows a message's origin. Under it are the header's 108 bytes; they name the payload by its hash.
package enum MessageProof {
  private static let purpose = Blake2b.Purpose("signed message")

  /// Signs a frame whose header says ``GossipHeader/ProofKind/signature``, with an Ed25519 key (RFC 8032) in libsodium's form: the seed and the
  /// public key, 64 bytes. False when the frame is too short or the key is none.
  package static func sign(_ frame: inout [UInt8], with key: [UInt8]) -> Bool {
    guard key.count == 64, frame.count >= GossipHeader.size + 64 else { return false }
    let digest = digest(frame.span).array
    var signature = [UInt8](repeating: 0, count: 64)
    guard unsafe crypto_sign_detached(&signature, nil, digest, UInt64(digest.count), key) == 0 else { return false }
    frame.replaceSubrange(GossipHeader.size..<GossipHeader.size + 64, with: signature)
    return true
  }

  /// Writes the keyed hash into a frame whose header says ``GossipHeader/ProofKind/clusterKey``; false when the frame is too short.
  package static func seal(_ frame: inout [UInt8], with ring: Keyring) -> Bool {
    guard frame.count >= GossipHeader.size + 36 else { return false }
    let (id, key) = ring.used
    let hash = Blake2b.hash(frame.span.extracting(..<GossipHeader.size), key: key)
    var span = frame.mutableSpan
    span.put(bigEndian: id, at: GossipHeader.size)
    hash.write(to: &span, at: GossipHeader.size + 4)
    return true
  }

  /// Whether the proof in a frame holds. Without a ring no keyed hash does, and `takesSignatures` says whether signatures do: a cluster
  /// takes one of both.
  package static func holds(
    _ frame: MessageFrame, in bytes: Span<UInt8>, ring: Keyring?, takesSignatures: Bool
  ) -> Bool {
    let proof = bytes.extracting(frame.proof)
    switch frame.header.proof {
    case .signature: return takesSignatures && isSigned(frame.header.origin, digest(bytes), proof)
    case .clusterKey:
      guard let key = ring?.key(proof.bigEndian(at: 0)) else { return false }
      return Blake2b.hash(bytes.extracting(..<GossipHeader.size), key: key) == Bytes32(proof, at: 4)
    }
  }

  private static func digest(_ bytes: Span<UInt8>) -> Bytes32 {
    Blake2b.hash(bytes.extracting(..<GossipHeader.size), purpose)
  }

  static func isSigned(_ origin: Bytes32, _ digest: Bytes32, _ signature: Span<UInt8>) -> Bool {
    unsafe signature.withUnsafeBytes { signature in
      unsafe withUnsafeBytes(of: digest.words) { digest in
        unsafe withUnsafeBytes(of: origin.words) { origin in
          unsafe sodium_is_signed(origin.baseAddress, digest.baseAddress, digest.count, signature.baseAddress)
        }
      }
    }
  }
}
