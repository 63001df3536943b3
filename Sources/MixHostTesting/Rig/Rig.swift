import MixHost
import MixNet

/// Builds chains around the stage under test, as many as the checks want, each from the beginning: the shared state too.
struct Rig: Sendable {
  let conformance: StageConformance
  let configured: ConfiguredStage
  let samples: [SamplePacket]
  let shape: DecodeShape

  /// Packets handled in one turn.
  static let batchSize = 64
  /// Packets that most checks feed.
  static let sampleCount = 256
  static let start = Instant(ns: 3_600_000_000_000)
  static let wall = StageConformance.wall

  init(_ conformance: StageConformance) throws(Finding) {
    self.conformance = conformance
    let file = ConfigFile(text: conformance.config)
    configured = read(conformance.stage, from: file)
    shape =
      configured.shape
      ?? DecodeShape(
        framing: conformance.greeting == nil ? .raw : .peer, limits: FrameLimits(1...StageConformance.frameMax),
        protocolName: "hearsay conformance kit")
    samples = Self.samples(conformance, Self.sampleCount, shape.limits)
    try checkSizes(samples)
  }

  /// The chain's links would not let packets of other sizes through.
  func checkSizes(_ packets: [SamplePacket]) throws(Finding) {
    for (number, packet) in packets.enumerated() where !shape.limits.allows(.data, size: packet.bytes.count) {
      let range = "\(shape.limits.dataMin)...\(shape.limits.dataMax)"
      throw Finding("sample packet \(number) has \(packet.bytes.count) bytes; the chain takes \(range)")
    }
  }

  private static func samples(_ conformance: StageConformance, _ count: Int, _ limits: FrameLimits) -> [SamplePacket] {
    var random = RandomStream(seed: Seed(conformance.seed).derived("samples"))
    return (0..<count).map { index in
      conformance.packets?(index, &random)
        ?? .random(index, &random, sizes: max(limits.dataMin, min(32, limits.dataMax))...limits.dataMax)
    }
  }

  /// A seed for one purpose.
  func seed(_ purpose: StaticString, _ number: UInt64 = 0) -> Seed {
    Seed(conformance.seed).derived(purpose, number)
  }

  /// The role's name, as findings use it.
  var role: StageRole { conformance.stage.role }

  /// A chain with the stage in it, ready to begin.
  func build(_ settings: TrialSettings, _ log: TrialLog) throws(Finding) -> LoneChain {
    let parts = partners(settings, log)
    let plan = ChainPlan.lone(
      StageConformance.chain, shape: shape, stages: parts.map(\.name),
      workers: min(settings.workers, conformance.workersMax),
      batchSize: Self.batchSize, poolSize: settings.poolSize)
    var context = LoadContext(plan: plan, node: conformance.node, files: conformance.files, wall: Self.wall)
    let prepared = configured.prepare(&context)
    if let mistake = context.mistakes.first { throw Finding("it cannot be prepared: \(mistake)") }
    guard let prepared else { throw Finding("it cannot be prepared, and it reports no mistake that says why") }
    let stages = parts.map { part in
      let isWatched = settings.isWatched
      let make: PreparedStage = { (builder: inout StageBuilder) throws(BuildError) -> BuiltStage in
        if let make = part.make { return make() }
        let built = try prepared(&builder)
        return isWatched ? watched(built, log) : built
      }
      return ChainBlueprint.Stage(name: part.name, role: part.role, make: make)
    }
    let wanted = conformance.offers.filter { conformance.stage.wants.contains($0.key) }
    do throws(BuildError) {
      return try LoneChain(
        ChainBlueprint(plan: plan, stages: stages, offers: wanted), node: conformance.node, seed: settings.seed,
        now: Self.start, wall: Self.wall)
    } catch {
      throw Finding(
        "\(error.description); the kit offers what the descriptor's `uses` names and offering(_:_:) gives")
    }
  }
}

/// Reads the stage's table of `file`, and all that the host reads of it.
func read(_ stage: StageDescriptor, from file: ConfigFile) -> ConfiguredStage {
  var table = file.table(stage.name, as: .stage)
  let configured = stage.configure(&table)
  _ = table.bool("enabled", default: true, "false: the table's stages leave every chain")
  return configured
}
