import MixNet

/// What a node publishes of its choice, at the beginning of an epoch: one JSON object, from which whoever has the network file
/// can tell whom it chose, and that it had to.
struct PeerNotice {
  let text: String

  init(_ claim: PeerClaim, _ rules: PeerRules, _ key: VRFPublicKey, _ node: Bytes32) {
    text =
      "{\"public_key\":\"\(key)\",\"node\":\"\(node)\",\"chain\":\"\(EpochJournal.escaped(rules.chain))\","
      + "\"epoch_s\":\(rules.epochSeconds),\"epoch\":\(claim.epoch),\"peers\":\(rules.peers),"
      + "\"among\":\"\(rules.among.rawValue)\",\"weights\":\"\(rules.weighting.rawValue)\","
      + "\"list\":\"\(claim.list)\",\"pi\":\"\(Hex.text(claim.proof))\"}"
  }
}
