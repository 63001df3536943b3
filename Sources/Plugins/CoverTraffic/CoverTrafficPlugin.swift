public import MixHost

extension StageDescriptor {
  /// `cover_traffic`: loops and drop messages.
  package static let coverTraffic = StageDescriptor(
    .mix, "cover_traffic", summary: "sends loops and drop messages on Poisson clocks, and watches over the loops",
    needs: .route, uses: ["packet_maker"], config: CoverConfig.init(from:),
    make: { (config: CoverConfig, builder: inout StageBuilder) throws(BuildError) -> any MixStage in
      try CoverStage(config, &builder)
    })
}

extension Plugin {
  /// Cover traffic: packets that carry nothing and cannot be told from others.
  public static let coverTraffic = Plugin(
    name: "cover_traffic", summary: "packets that carry nothing and cannot be told from others", stages: [.coverTraffic]
  )
}
