import MixNet

/// Deals the chains to the workers and fixes their sizes.
struct ChainPlanner {
  let file: ConfigFile
  let pipeline: PipelineTable
  let registry: Registry

  /// A chain whose tables have been read.
  struct Planned {
    let plan: ChainPlan
    let stages: [(listed: ChainReader.Listed, configured: ConfiguredStage, position: ConfigPosition)]
  }

  func plan(_ chains: [ChainReader.Chain]) -> [Planned] {
    let owners = owners(chains)
    return chains.enumerated().compactMap { number, chain in plan(chain, number, owners, chains) }
  }

  /// Chains are dealt to the workers in turn; one that takes packets from another has its tail where the other has.
  private func owners(_ chains: [ChainReader.Chain]) -> [Int] {
    var owners = chains.indices.map { $0 % pipeline.workers }
    for (number, chain) in chains.enumerated() {
      for source in chain.sources {
        guard let other = chains.firstIndex(where: { $0.name == source.text }) else {
          let names = chains.map(\.name)
          file.mistake(at: source.position, "no chain '\(source.text)'\(didYouMean(source.text, in: names))")
          continue
        }
        if source.text == chains[number].sources.first?.text { owners[number] = owners[other] }
      }
    }
    return owners
  }

  private func plan(
    _ chain: ChainReader.Chain, _ number: Int, _ owners: [Int], _ chains: [ChainReader.Chain]
  ) -> Planned? {
    let stages = chain.stages.map { listed in
      var table = file.table(listed.name, as: .stage)
      _ = registry.isEnabled(table)
      return (listed: listed, configured: listed.descriptor.configure(&table), position: table.position)
    }
    guard let shape = stages.lazy.compactMap(\.configured.shape).first else { return nil }
    let count = min(chain.workers ?? pipeline.workers, pipeline.workers)
    var heads = [Bool](repeating: false, count: pipeline.workers)
    for i in 0..<count { heads[(owners[number] + i) % pipeline.workers] = true }
    for source in chain.sources {
      if let other = chains.firstIndex(where: { $0.name == source.text }) { heads[owners[other]] = true }
    }
    let plan = ChainPlan(
      name: chain.name, number: number, heads: heads, owner: owners[number], sources: chain.sources.map(\.text),
      batchSize: pipeline.batchSize, poolSize: pipeline.poolSize, maxQueueDepth: pipeline.maxQueueDepth, shape: shape,
      stageNames: stages.map(\.listed.name), listen: chain.listen, datagrams: chain.datagrams)
    return Planned(plan: plan, stages: stages)
  }
}

/// Prepares what the workers of each chain share: the step that may look at the machine.
struct Preparation {
  let file: ConfigFile
  let registry: Registry
  let files: any FileSource
  let wall: WallTime
  let facts: NodeFacts
  private(set) var memory: [MemoryTerm] = []

  init(file: ConfigFile, registry: Registry, files: any FileSource, wall: WallTime, facts: NodeFacts) {
    self.file = file
    self.registry = registry
    self.files = files
    self.wall = wall
    self.facts = facts
  }

  mutating func prepare(_ planned: ChainPlanner.Planned) -> ChainBlueprint? {
    let plan = planned.plan
    var context = LoadContext(plan: plan, node: facts, files: files, wall: wall)
    var stages: [ChainBlueprint.Stage] = []
    for (number, stage) in planned.stages.enumerated() {
      let role = stage.listed.descriptor.role
      context.isLastOfRole = !planned.stages[(number + 1)...].contains { $0.listed.descriptor.role == role }
      let prepared = stage.configured.prepare(&context)
      report(&context, at: stage.position)
      guard let prepared else { continue }
      stages.append(.init(name: stage.listed.name, role: role, make: prepared))
    }
    let offers = prepareOffers(planned, &context)
    memory += context.memory.map { MemoryTerm("chain \(plan.name): \($0.name)", $0.bytes, isBound: $0.isBound) }
    guard stages.count == planned.stages.count else { return nil }
    return ChainBlueprint(plan: plan, stages: stages, offers: offers)
  }

  /// Only what the chain's stages use is prepared: an offer nobody wants needs no key file.
  private func prepareOffers(
    _ planned: ChainPlanner.Planned, _ context: inout LoadContext
  ) -> [String: BuildSite.Offer] {
    let wanted = planned.stages.flatMap(\.listed.descriptor.uses)
    var offers: [String: BuildSite.Offer] = [:]
    for capability in registry.plugins.flatMap(\.capabilities) where wanted.contains(capability.name) {
      var table = file.table(capability.table, as: .stage)
      offers[capability.name] = capability.configure(&table)(&context)
      report(&context, at: table.position)
    }
    return offers
  }

  private func report(_ context: inout LoadContext, at position: ConfigPosition) {
    for sentence in context.mistakes { file.mistake(at: position, sentence) }
    context.mistakes = []
  }
}
