public import MixNet

/// A stage that could not be built: one sentence for the operator.
public struct BuildError: Error, CustomStringConvertible, Sendable {
  /// One sentence.
  public let description: String
  /// An error with this sentence.
  public init(_ description: String) { self.description = description }
}

/// What a stage may ask for while it is built, on its worker's thread. Lent for the call.
public struct StageBuilder: ~Copyable {
  /// The chain that the stage is built for.
  public let plan: ChainPlan
  /// The number of the worker that builds it.
  public let worker: Int
  /// What is known of the node itself.
  public let node: NodeFacts
  private let site: BuildSite
  private let stage: Int

  package init(plan: ChainPlan, worker: Int, node: NodeFacts, site: BuildSite, stage: Int) {
    self.plan = plan
    self.worker = worker
    self.node = node
    self.site = site
    self.stage = stage
  }

  /// True on the worker that runs the chain's tail.
  public var isTail: Bool { worker == plan.owner }

  /// A random stream of the stage's own; each call gives another. No draw elsewhere can shift it.
  public mutating func random() -> RandomStream {
    let number = site.streams[stage, default: 0]
    site.streams[stage] = number + 1
    return RandomStream(seed: site.seed.derived("stage", UInt64(stage) << 32 | number))
  }

  /// What another plugin offers under this key. Keep it in a typed `let`: the cast is done once, here.
  public mutating func capability<C>(_ key: CapabilityKey<C>) throws(BuildError) -> C {
    if let made = site.made[key.name] as? C { return made }
    guard let make = site.offers[key.name] else {
      throw BuildError("nothing in this binary offers '\(key.name)'")
    }
    var builder = StageBuilder(plan: plan, worker: worker, node: node, site: site, stage: stage)
    guard let value = try make(&builder) as? C else {
      throw BuildError("what is offered as '\(key.name)' has another type")
    }
    site.made[key.name] = value
    return value
  }

  /// Offers a capability of this stage's own to those that are built after it on this worker: the stages of later roles, and those
  /// behind it in its own. Its descriptor names it under `offers`. Each capability is offered by one stage of a chain.
  public mutating func offer<C>(_ key: CapabilityKey<C>, _ value: C) throws(BuildError) {
    guard site.made[key.name] == nil else { throw BuildError("two stages of the chain offer '\(key.name)'") }
    site.made[key.name] = value
  }

  /// What a stage that was built before offers under this key; nil where the chain has no such stage. Keep it in a typed `let`.
  public func offered<C>(_ key: CapabilityKey<C>) -> C? { site.made[key.name] as? C }

  /// Claims a service address: final payloads for it come to the stage's ``Stage/deliver(_:_:_:)``. Only stages of the
  /// tail can claim, and each address once.
  public mutating func claim(_ address: Bytes32) throws(BuildError) {
    guard isTail else { return }
    if let other = site.claims[address], other != stage {
      throw BuildError("the address \(address) is claimed by two stages")
    }
    site.claims[address] = stage
  }

  /// The one object that the stages of a plugin share on this worker: made by the first that asks for the type.
  public mutating func core<T: AnyObject>(_ make: () throws(BuildError) -> T) throws(BuildError) -> T {
    // Looked up and never gone through: any order would do.
    let type = ObjectIdentifier(T.self)
    if let core = site.cores[type] as? T { return core }
    let core = try make()
    site.cores[type] = core
    return core
  }

  /// A chain of the node, to hand packets to: the stage's own, or one whose table lists that under `from`. Nil for others.
  public func chain(_ name: String) -> ChainRef? { site.targets[name].map(ChainRef.init(number:)) }
}

/// What the stages of one chain on one worker have in common while they are built.
package final class BuildSite {
  package typealias Offer = @Sendable (inout StageBuilder) throws(BuildError) -> Any
  let seed: Seed
  let offers: [String: Offer]
  /// The chains that take packets from this one, by name.
  let targets: [String: Int]
  /// How many streams each stage has drawn.
  var streams: [Int: UInt64] = [:]
  var made: [String: Any] = [:]
  /// By type: names alone may be the same in two modules. It is looked up and never gone through: any order would do.
  var cores: [ObjectIdentifier: AnyObject] = [:]
  package var claims: [Bytes32: Int] = [:]

  package init(seed: Seed, offers: [String: Offer], targets: [String: Int]) {
    self.seed = seed
    self.offers = offers
    self.targets = targets
  }
}

/// What is known of the node itself.
public struct NodeFacts: Sendable {
  /// The node's name.
  public let name: String
  /// The address under which packets reach it: 32 bytes.
  public let address: Bytes32
  /// The folder of its own files.
  public let state: String
  /// The network that it belongs to; empty when the configuration names none.
  public let directory: NetworkDirectory

  /// The facts of a node.
  public init(name: String, address: Bytes32, state: String, directory: NetworkDirectory) {
    self.name = name
    self.address = address
    self.state = state
    self.directory = directory
  }

  /// A file's path as configured: as it is when absolute, otherwise in the state folder.
  public func path(_ file: String) -> String { file.hasPrefix("/") ? file : "\(state)/\(file)" }
}
