public import MixHost
import MixNet

extension StageDescriptor {
  /// `gossip`: membership and messages.
  package static let gossip = StageDescriptor(
    .decode, "gossip", summary: "keeps up with the cluster's nodes, and opens its messages", provides: [.id, .sender],
    config: GossipConfig.init(from:),
    shape: { _ in
      DecodeShape(
        framing: .peer, limits: FrameLimits(1...GossipConfig.frameMax), protocolName: "hearsay gossip 1",
        framesOutliveLinks: false, peersWait: true)
    },
    shared: { (config: GossipConfig, context: inout LoadContext) -> GossipSetup? in GossipSetup(config, &context) },
    make: {
      (_: GossipConfig, setup: GossipSetup, builder: inout StageBuilder) throws(BuildError) -> any DecodeStage in
      let made = try GossipHub(setup, &builder)
      return GossipStage(try builder.core { made })
    })

  /// `dedup`: each message once.
  package static let dedup = StageDescriptor(
    .verify, "dedup", summary: "lets each message of the cluster through once", needs: .id,
    config: { _ in true },
    make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any VerifyStage in
      DedupStage(try hub(for: "dedup", &builder))
    })

  /// `signature`: proved messages alone.
  package static let signature = StageDescriptor(
    .verify, "signature", summary: "lets messages through whose origin or cluster is proved", needs: .id,
    config: { _ in true },
    make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any VerifyStage in
      SignatureStage(try hub(for: "signature", &builder))
    })

  /// `gossip_push`: onwards.
  package static let gossipPush = StageDescriptor(
    .forward, "gossip_push", summary: "passes messages of the cluster on to neighbours", needs: .id,
    config: { _ in true },
    make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
      GossipPushStage(try hub(for: "gossip_push", &builder))
    })

  private static func hub(for stage: String, _ builder: inout StageBuilder) throws(BuildError) -> GossipHub {
    let hub = try builder.core { () throws(BuildError) -> GossipHub in
      throw BuildError("'\(stage)' goes with 'gossip' under decode")
    }
    // Scores are kept by a stage that is built after 'gossip'.
    if hub.scores == nil { hub.scores = builder.offered(.scoreBook) }
    return hub
  }
}

extension Plugin {
  /// Clusters: who is there, and messages that come to all.
  public static let gossip = Plugin(
    name: "gossip", summary: "clusters: who is there, and messages that come to all",
    stages: [.gossip, .dedup, .signature, .gossipPush])
}
