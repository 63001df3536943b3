public import MixNet

/// Makes a node's blueprint of its configuration, in named steps, all before a socket is opened: parse, match stage types,
/// decode the tables, check order and needs, plan the chains, prepare what workers share, sum the memory.
public struct NodeLoader {
  private let registry: Registry
  private let files: any FileSource
  private let wall: WallTime
  private let base: String
  private let directory: (_ path: String) -> Result<NetworkDirectory, BuildError>

  /// The variables of the environment that set a key of the host's own tables without bearing its name.
  static let shortNames = [
    ShortName("PIPELINE_WORKERS", sets: "workers", in: "pipeline"),
    ShortName("BATCH_SIZE", sets: "batch_size", in: "pipeline"),
    ShortName("POOL_SIZE", sets: "pool_size", in: "pipeline"),
    ShortName("MAX_QUEUE_DEPTH", sets: "max_queue_depth", in: "pipeline"),
    ShortName("TARGET_THROUGHPUT", sets: "target_throughput", in: "pipeline"),
    ShortName("LOG_LEVEL", sets: "level", in: "log"),
  ]

  /// What loading gave. The mistakes are in the ``ConfigFile``.
  public struct Loaded {
    /// The node; nil when there is a mistake.
    public let blueprint: NodeBlueprint?
    /// What an operator should see at the start: stages that are turned off.
    public let notes: [String]
  }

  /// A loader for the linked plugins. Relative paths in the configuration start at `base`; `directory` reads a network
  /// file.
  public init(
    registry: Registry, files: any FileSource, wall: WallTime, base: String,
    directory: @escaping (_ path: String) -> Result<NetworkDirectory, BuildError>
  ) {
    self.registry = registry
    self.files = files
    self.wall = wall
    self.base = base
    self.directory = directory
  }

  struct Host {
    let node: NodeTable
    let pipeline: PipelineTable
    let settings: NodeSettings
    let clients: ClientsTable
    let operation: OperationSettings
  }

  @discardableResult
  static func readHostTables(_ file: ConfigFile, base: String) -> Host {
    let node = NodeTable(from: file.table("node"), base: base)
    let pipeline = PipelineTable(from: file.table("pipeline"))
    return Host(
      node: node, pipeline: pipeline, settings: NodeSettings(from: file.table("links"), pipeline: pipeline),
      clients: ClientsTable(from: file.table("clients")),
      operation: OperationSettings(file, node: node, pipeline: pipeline))
  }

  /// Reads the whole file, finds every mistake in it, and makes the blueprint when there is none.
  public func load(_ file: ConfigFile) -> Loaded {
    var notes: [String] = []
    let host = Self.readHostTables(file, base: base)
    let tables = file.instances(of: "chain")
    if let first = tables.first {
      file.shortName("NODE_PORT", sets: "listen", in: "chain.\(first.name)")
    } else {
      file.mistake(at: file.start, "no chain is configured; add a table [chain.NAME] with decode and forward")
    }
    let reader = ChainReader(registry: registry, file: file)
    let chains = tables.map { reader.read($0, notes: &notes) }
    let facts = facts(host.node, file)
    let planner = ChainPlanner(file: file, pipeline: host.pipeline, registry: registry)
    let planned = planner.plan(chains)
    var preparation = Preparation(file: file, registry: registry, files: files, wall: wall, facts: facts)
    let blueprints = planned.map { preparation.prepare($0) }
    readUnusedTables(file, used: chains.flatMap { $0.stages.map(\.name) })
    let clients = clients(host.clients, chains, file)
    checkListeners(planned.map(\.plan), host.clients, tables, file)
    file.finish()
    guard file.mistakes.isEmpty else { return Loaded(blueprint: nil, notes: notes) }
    return Loaded(
      blueprint: NodeBlueprint(
        facts: facts, settings: host.settings, operation: host.operation, workers: host.pipeline.workers,
        chains: blueprints.compactMap { $0 }, clients: clients, stageMemory: preparation.memory),
      notes: notes)
  }

  /// The tables of linked stages that no chain lists are checked as well: a file may keep them for later.
  /// What lies below an instance is read with it.
  private func readUnusedTables(_ file: ConfigFile, used: [String]) {
    for plugin in registry.plugins {
      _ = registry.isEnabled(file.table(plugin.name, as: .stage))
      for stage in plugin.stages where !used.contains(stage.name) {
        var table = file.table(stage.name, as: .stage)
        _ = registry.isEnabled(table)
        let hasInstances = used.contains { $0.hasPrefix(stage.name + "/") }
        if table.standsForItself, !hasInstances { _ = stage.configure(&table) }
      }
    }
  }

  private func facts(_ node: NodeTable, _ file: ConfigFile) -> NodeFacts {
    var network = NetworkDirectory()
    if let path = node.network {
      switch directory(path) {
      case .success(let read): network = read
      case .failure(let error): file.mistake(at: node.networkPosition, error.description)
      }
      if !network.nodes.isEmpty, network.node(named: node.name) == nil {
        let near = didYouMean(node.name, in: network.nodes.map(\.name))
        file.mistake(
          at: file.table("node").position(of: "name"), "the network file has no node '\(node.name)'\(near)")
      }
    }
    let address = network.node(named: node.name)?.address ?? Fingerprint.of("hearsay node " + node.name)
    return NodeFacts(name: node.name, address: address, state: node.state, directory: network)
  }

  /// Two listeners cannot have one address; port 0 is a free one each time.
  private func checkListeners(
    _ plans: [ChainPlan], _ clients: ClientsTable, _ tables: [ConfigTable], _ file: ConfigFile
  ) {
    var taken: [Address: String] = [:]
    for plan in plans {
      guard let listen = plan.listen, listen.port != 0 else { continue }
      if let other = taken[listen] {
        let position = tables.first { $0.name == plan.name }?.position(of: "listen")
        file.mistake(
          at: position ?? file.start, "chains '\(other)' and '\(plan.name)' listen on one address, \(listen)")
      }
      taken[listen] = plan.name
    }
    if let listen = clients.listen, listen.port != 0, let other = taken[listen] {
      file.mistake(at: clients.listenPosition, "chain '\(other)' listens on \(listen) already")
    }
  }

  private func clients(
    _ table: ClientsTable, _ chains: [ChainReader.Chain], _ file: ConfigFile
  ) -> (listen: Address, chain: Int)? {
    guard let listen = table.listen else { return nil }
    guard let name = table.chain else { return (listen, 0) }
    guard let number = chains.firstIndex(where: { $0.name == name }) else {
      let names = chains.map(\.name)
      file.mistake(
        at: table.position,
        "no chain '\(name)'\(didYouMean(name, in: names)) (chains: \(names.joined(separator: ", ")))")
      return nil
    }
    return (listen, number)
  }
}
