public import MixHost

extension StageDescriptor {
  /// `pool`: batches in random order, with the strategies that come with it.
  public static let pool = pool(adding: [])

  /// `pool` with more strategies to choose from. A name that is there already is replaced.
  public static func pool(adding own: [PoolKind]) -> StageDescriptor {
    let kinds = PoolKind.builtIn.filter { kind in !own.contains { $0.name == kind.name } } + own
    return StageDescriptor(
      .mix, "pool", summary: "holds packets and lets them go in batches, in random order",
      config: { (table: inout ConfigTable) in PoolConfig(from: &table, kinds) },
      shared: { (config: PoolConfig, context: inout LoadContext) -> Bool? in
        let settings = config.settings.fitting(context.plan)
        context.addMemory("mix pool", bytes: PoolCore.memory(settings, spare: context.plan.batchSize))
        return true
      },
      make: { (config: PoolConfig, _: Bool, builder: inout StageBuilder) throws(BuildError) -> any MixStage in
        PoolStage(config, &builder)
      })
  }
}

extension Plugin {
  /// The pool mix.
  public static let pool = pool(adding: [])

  /// The pool mix with strategies of one's own among those that `[pool] strategy` chooses from.
  public static func pool(adding own: [PoolKind]) -> Plugin {
    Plugin(name: "pool", summary: "mixes: batches in random order", stages: [.pool(adding: own)])
  }
}
