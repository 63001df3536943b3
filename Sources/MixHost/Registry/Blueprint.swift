import MixNet

/// One chain, ready to be built on every worker: everything that crosses to their threads, and nothing else.
package struct ChainBlueprint: Sendable {
  package struct Stage: Sendable {
    /// `type` or `type/name`.
    let name: String
    let role: StageRole
    let make: PreparedStage
    package init(name: String, role: StageRole, make: @escaping PreparedStage) {
      self.name = name
      self.role = role
      self.make = make
    }
  }

  package let plan: ChainPlan
  let stages: [Stage]
  let offers: [String: BuildSite.Offer]

  package init(plan: ChainPlan, stages: [Stage], offers: [String: BuildSite.Offer]) {
    self.plan = plan
    self.stages = stages
    self.offers = offers
  }
}

/// A node, ready to run: what a configuration has become once it was found right.
public struct NodeBlueprint: Sendable {
  /// What is known of the node itself.
  public let facts: NodeFacts
  /// Limits and times.
  public let settings: NodeSettings
  /// What the program around the node needs to know.
  public let operation: OperationSettings
  /// How many workers run it.
  public let workers: Int
  package let chains: [ChainBlueprint]
  /// Where clients attach, and to which chain; nil when the node has none.
  let clients: (listen: Address, chain: Int)?
  /// The terms of the memory that it takes.
  public let memory: [MemoryTerm]

  /// The numbers of the chains that take packets from the one of this name: each takes its own.
  func targets(of chain: String) -> [String: Int] {
    var targets: [String: Int] = [:]
    for (number, other) in chains.enumerated() where other.plan.name == chain || other.plan.sources.contains(chain) {
      targets[other.plan.name] = number
    }
    return targets
  }

  /// True when clients can attach.
  public var hasClients: Bool { clients != nil }

  /// The chains' plans.
  public var plans: [ChainPlan] { chains.map(\.plan) }

  /// Bytes that a program takes before any configuration: code, libraries, the stacks and heaps of the runtime.
  static let programBytes = 24 << 20

  init(
    facts: NodeFacts, settings: NodeSettings, operation: OperationSettings, workers: Int, chains: [ChainBlueprint],
    clients: (listen: Address, chain: Int)?, stageMemory: [MemoryTerm]
  ) {
    self.facts = facts
    self.settings = settings
    self.operation = operation
    self.workers = workers
    self.chains = chains
    self.clients = clients
    var memory = [MemoryTerm("program", Self.programBytes)]
    for chain in chains {
      memory += ChainShared.memory(chain.plan).map { MemoryTerm("chain \(chain.plan.name): \($0.name)", $0.bytes) }
    }
    memory += stageMemory
    let slots = chains.reduce(0) { $0 + $1.plan.sizeClasses.reduce(0) { $0 + $1.total } }
    memory.append(MemoryTerm("links", workers * Worker.linkMemory(slots: slots, settings: settings)))
    memory.append(MemoryTerm("links' own frames", settings.linksMax * LinkTable.ownBytesMax, isBound: true))
    self.memory = memory
  }

  /// The memory that the node takes at its start, in bytes.
  public var memoryBytes: Int { memory.reduce(0) { $0 + ($1.isBound ? 0 : $1.bytes) } }

  /// The most that it may come to take, in bytes.
  public var memoryBytesMax: Int { memory.reduce(0) { $0 + $1.bytes } }
}
