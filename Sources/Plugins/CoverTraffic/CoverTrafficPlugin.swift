public import MixHost
import MixNet

extension StageDescriptor {
  /// `cover_traffic`: loops and drop messages.
  package static let coverTraffic = StageDescriptor(
    .mix, "cover_traffic",
    summary: "sends loops and drop messages on Poisson clocks or at a constant rate, and watches over the loops",
    needs: .route, uses: ["packet_maker"], config: CoverConfig.init(from:),
    shared: { (config: CoverConfig, context: inout LoadContext) -> Bool? in
      for mistake in config.mistakes(layers: context.node.directory.layers) { context.mistake(mistake) }
      if config.linkInterval > .zero {
        if !context.isLastOfRole {
          context.mistake(
            "with 'link_interval_ms' it must be the last one under 'mix', or its links have no constant rate")
        }
        let bytes = LinkPacer.memory(capacity: config.heldMax(context.plan)) + 16 * config.heldMax(context.plan)
        context.addMemory("packets that wait for links of a constant rate", bytes: bytes)
      }
      return true
    },
    make: { (config: CoverConfig, _: Bool, builder: inout StageBuilder) throws(BuildError) -> any MixStage in
      try CoverStage(config, &builder)
    })
}

extension Plugin {
  /// Cover traffic: packets that carry nothing and cannot be told from others.
  public static let coverTraffic = Plugin(
    name: "cover_traffic", summary: "packets that carry nothing and cannot be told from others", stages: [.coverTraffic]
  )
}
