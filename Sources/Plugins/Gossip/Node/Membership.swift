import CSodium
package import MixNet

/// What makes a node a member of its cluster, and what it takes for the proof that others are: a key that all share, or for each node
/// a key of its own.
package struct Membership: Sendable {
  /// The node's name: its public key, or, where all share a key, what it calls itself.
  package let id: Bytes32
  /// The node's own Ed25519 key in libsodium's form; nil where all share a key.
  private let signingKey: [UInt8]?
  /// The keys that all share; nil where each has its own.
  package var ring: Keyring?

  /// A member of a cluster whose nodes share keys.
  package init(id: Bytes32, ring: Keyring) { (self.id, signingKey, self.ring) = (id, nil, ring) }

  /// A member that signs, by the seed of its Ed25519 key.
  package init(seed: Bytes32) {
    var publicKey = [UInt8](repeating: 0, count: 32)
    var secretKey = [UInt8](repeating: 0, count: 64)
    let bytes = seed.array
    _ = unsafe crypto_sign_seed_keypair(&publicKey, &secretKey, bytes)
    (id, signingKey, ring) = (Bytes32(publicKey), secretKey, nil)
  }

  package var proof: GossipHeader.ProofKind { ring == nil ? .signature : .clusterKey }

  /// Writes the proof into a message's frame.
  func prove(_ frame: inout [UInt8]) {
    if let ring { _ = MessageProof.seal(&frame, with: ring) }
    if let signingKey { _ = MessageProof.sign(&frame, with: signingKey) }
  }

  /// Whether the proof in a message's frame holds.
  func holds(_ frame: MessageFrame, in bytes: Span<UInt8>) -> Bool {
    MessageProof.holds(frame, in: bytes, ring: ring, takesSignatures: ring == nil)
  }

  /// False for a message under a key of the cluster that this node does not have.
  func knowsKey(of frame: MessageFrame, in bytes: Span<UInt8>) -> Bool {
    ring.map { $0.key(bytes.extracting(frame.proof).bigEndian(at: 0)) != nil } ?? true
  }

  // MARK: Between members

  private static let purpose = Blake2b.Purpose("member's word")

  /// Bytes of a proof between members.
  package var proofSize: Int { ring == nil ? 64 : 36 }

  /// Shows that this node said these bytes, or, where all share a key, that a member did: `key id 4 | keyed hash 32` or an Ed25519 signature of
  /// the bytes' hash.
  package func proof(of bytes: Span<UInt8>) -> [UInt8] {
    if let ring {
      let (id, key) = ring.usedByMembers
      var proof: [UInt8] = []
      proof.append(bigEndian: id)
      proof.append(Blake2b.hash(bytes, key: key))
      return proof
    }
    var signature = [UInt8](repeating: 0, count: 64)
    let digest = Blake2b.hash(bytes, Self.purpose).array
    if let signingKey { _ = unsafe crypto_sign_detached(&signature, nil, digest, UInt64(digest.count), signingKey) }
    return signature
  }

  /// Whether the node with this name, or some member, said these bytes.
  package func holds(_ proof: Span<UInt8>, of bytes: Span<UInt8>, by id: Bytes32) -> Bool {
    guard proof.count == proofSize else { return false }
    if let ring {
      guard let key = ring.membersKey(proof.bigEndian(at: 0)) else { return false }
      return Blake2b.hash(bytes, key: key) == Bytes32(proof, at: 4)
    }
    return MessageProof.isSigned(id, Blake2b.hash(bytes, Self.purpose), proof)
  }
}
