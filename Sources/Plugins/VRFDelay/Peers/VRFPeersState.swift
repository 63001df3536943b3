package import MixHost
import MixNet

/// What the stage begins with: the node's key.
struct VRFPeersState: Sendable {
  let key: VRFSecretKey

  /// Reads the key; nil, and a mistake is reported, when the node could prove nothing to its peers.
  init?(_ config: VRFPeersConfig, _ context: inout LoadContext) {
    guard context.plan.framing == .peer else {
      context.mistake("'vrf_peers' needs links with a handshake, and those of chain '\(context.plan.name)' have none")
      return nil
    }
    let key: VRFSecretKey? = context.secretKey(
      in: config.keyFile, called: "the secret key of the VRF", purpose: "vrf", publicKey: { $0.publicKey.bytes },
      make: { VRFSecretKey($0) })
    guard let key else { return nil }
    let list = PeerList(context.node.directory, chain: context.plan.name)
    guard list.entry(of: context.node.address)?.keys.contains(where: { $0.bytes == key.publicKey.bytes }) == true else {
      context.mistake(
        "the network file lists no key of the VRF for node '\(context.node.name)' in chain '\(context.plan.name)'; its peers would refuse it"
      )
      return nil
    }
    self.key = key
  }
}

extension StageDescriptor {
  /// `vrf_peers`: the peers of a node follow from its VRF.
  package static let vrfPeers = StageDescriptor(
    .admission, VRFPeersStage.name,
    summary: "chooses the node's peers by its VRF, and refuses nodes that chose otherwise",
    offers: [CapabilityKey<any PeerChooser>.peerChooser.name], config: VRFPeersConfig.init(from:),
    shared: { (config: VRFPeersConfig, context: inout LoadContext) -> VRFPeersState? in
      VRFPeersState(config, &context)
    },
    make: {
      (config: VRFPeersConfig, state: VRFPeersState, builder: inout StageBuilder) throws(BuildError)
        -> any AdmissionStage in
      try VRFPeersStage(config, state.key, &builder)
    })
}
