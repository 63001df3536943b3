package import MixNet

/// What a node says to its peers with the handshake: for which epoch and list it has chosen them, and the proof.
///
/// 128 bytes, integers big-endian: `epoch u64 | list's hash 32 | rules' tag u64 | pi 80`.
package struct PeerClaim: Hashable, Sendable {
  package static let size = 48 + VRFProof.size

  package let epoch: UInt64
  package let list: Bytes32
  let rules: UInt64
  /// The proof's bytes: whether they are any is looked at last, since it costs the most.
  package let proof: [UInt8]

  /// A claim of these parts.
  package init(epoch: UInt64, list: Bytes32, rules: UInt64, proof: [UInt8]) {
    self.epoch = epoch
    self.list = list
    self.rules = rules
    self.proof = proof
  }

  /// The claim in these bytes; nil for another number of them.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    let span = bytes.span
    epoch = span.bigEndian(at: 0, as: UInt64.self)
    list = Bytes32(span, at: 8)
    rules = span.bigEndian(at: 40, as: UInt64.self)
    proof = Array(bytes[48...])
  }

  /// The 128 bytes.
  package var bytes: [UInt8] {
    var head = [UInt8](repeating: 0, count: 48)
    var out = head.mutableSpan
    out.put(bigEndian: epoch, at: 0)
    list.write(to: &out, at: 8)
    out.put(bigEndian: rules, at: 40)
    return head + proof
  }
}

/// What a node has chosen for an epoch and a list.
package struct PeerChoice: Sendable {
  package let claim: PeerClaim
  /// The peers, in the order in which they were drawn.
  package let peers: [Bytes32]

  /// The choice of the node at `own`; nil when the list does not have it, or lists another key of it for the epoch than this one.
  package init?(_ key: VRFSecretKey, _ rules: PeerRules, epoch: UInt64, in list: PeerList, own: Bytes32) {
    guard let start = rules.start(of: epoch), list.entry(of: own)?.key(at: start) == key.publicKey.bytes else {
      return nil
    }
    let input = rules.input(epoch: epoch, list: list.hash, node: own)
    guard let proof = key.prove(input.span), let output = proof.output else { return nil }
    claim = PeerClaim(epoch: epoch, list: list.hash, rules: rules.tag, proof: proof.bytes)
    peers = PeerSelection.choose(rules.peers, of: rules.candidates(of: own, in: list), output)
  }
}

/// Why a node is refused.
package enum PeerRefusal: String, CaseIterable, Sendable, Error {
  /// It has not said what it has chosen.
  case noProof = "no_proof"
  /// It chooses by other rules: its table differs.
  case otherRules = "other_rules"
  /// It is in another epoch, and not just before or behind this one.
  case otherEpoch = "other_epoch"
  /// It chose from another list: one of the two network files is not the present one.
  case otherList = "other_list"
  /// The list does not have it, or no key of it for the epoch.
  case notListed = "not_listed"
  /// The proof is none of the listed key for what the node had to prove.
  case badProof = "bad_proof"
  /// It has chosen others.
  case notChosen = "not_chosen"
}

extension PeerClaim {
  /// What follows from the claim, if it is the one that this node had to make for this list: whom it chose, in order.
  package func peers(of node: Bytes32, _ rules: PeerRules, in list: PeerList) throws(PeerRefusal) -> [Bytes32] {
    guard self.rules == rules.tag else { throw .otherRules }
    guard self.list == list.hash else { throw .otherList }
    guard let start = rules.start(of: epoch) else { throw .otherEpoch }
    guard let listed = list.entry(of: node)?.key(at: start), let key = VRFPublicKey(listed) else { throw .notListed }
    let input = rules.input(epoch: epoch, list: list.hash, node: node)
    guard let proof = VRFProof(proof.span), let output = key.verify(proof, input.span) else { throw .badProof }
    return PeerSelection.choose(rules.peers, of: rules.candidates(of: node, in: list), output)
  }
}
