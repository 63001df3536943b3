public import MixNet

/// Fields of a packet that one stage provides and another needs.
public struct ColumnSet: OptionSet, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The set with these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// What names the packet.
  public static let id = ColumnSet(rawValue: 1)
  /// Who made the packet.
  public static let sender = ColumnSet(rawValue: 2)
  /// Where it is to go.
  public static let route = ColumnSet(rawValue: 4)
  /// The delay that the header asks for.
  public static let headerDelay = ColumnSet(rawValue: 8)

  /// The names of the columns in the set.
  var names: [String] {
    [(ColumnSet.id, "id"), (.sender, "sender"), (.route, "route"), (.headerDelay, "header delay")]
      .filter { contains($0.0) }.map(\.1)
  }
}

/// A role together with the protocol that its stages have: `.verify` stands for `any VerifyStage`, so a descriptor of
/// that role can only make such a stage.
public struct RoleKey<S>: Sendable {
  let role: StageRole
  let isAdmission: Bool
  let wrap: @Sendable (S) -> BuiltStage
}

extension RoleKey where S == any AdmissionStage {
  /// Admission; written under `verify`.
  public static var admission: Self { Self(role: .verify, isAdmission: true) { .admission($0) } }
}
extension RoleKey where S == any DecodeStage {
  /// Decode.
  public static var decode: Self { Self(role: .decode, isAdmission: false) { .decode($0) } }
}
extension RoleKey where S == any VerifyStage {
  /// Verify.
  public static var verify: Self { Self(role: .verify, isAdmission: false) { .verify($0) } }
}
extension RoleKey where S == any DelayStage {
  /// Delay.
  public static var delay: Self { Self(role: .delay, isAdmission: false) { .delay($0) } }
}
extension RoleKey where S == any MixStage {
  /// Mix.
  public static var mix: Self { Self(role: .mix, isAdmission: false) { .mix($0) } }
}
extension RoleKey where S == any ForwardStage {
  /// Forward.
  public static var forward: Self { Self(role: .forward, isAdmission: false) { .forward($0) } }
}
extension RoleKey where S == any ObserveStage {
  /// Observe.
  public static var observe: Self { Self(role: .observe, isAdmission: false) { .observe($0) } }
}

/// One stage that a plugin offers: its name, its role, how its table is read and how it is made. A value in a list; there
/// is no global registry.
///
/// ```swift
/// extension StageDescriptor {
///   public static let replay = StageDescriptor(
///     .verify, "replay", summary: "drops packets that were here before", needs: .id,
///     config: ReplayConfig.init(from:), shared: ReplayTags.init(_:_:), make: ReplayStage.init(_:_:_:))
/// }
/// ```
///
/// It is read in three steps. `config` reads the stage's table. `shared` makes what all workers share, once a chain, and
/// may find mistakes that only a look at the machine shows (a key file); it returns nil when it has reported one.
/// `make` runs on each worker's thread and makes the stage. What crosses from one step to the next is `Sendable`, so a
/// stage cannot be shared by accident.
public struct StageDescriptor: Sendable {
  /// The name in the configuration.
  public let name: String
  /// The role under which it is written.
  public let role: StageRole
  /// True for an admission stage, which is written under `verify`.
  public let isAdmission: Bool
  /// True for a decode stage that takes every packet for itself: its chain needs no forward stage.
  public let takesAll: Bool
  /// One line for operators.
  public let summary: String
  let provides: ColumnSet
  let needs: ColumnSet
  let uses: [String]
  /// Capabilities that the stage offers to those behind it (``StageBuilder/offer(_:_:)``).
  public let offers: [String]
  package let configure: @Sendable (inout ConfigTable) -> ConfiguredStage

  /// A stage with state that all workers share.
  public init<C: Sendable, State: Sendable, S>(
    _ key: RoleKey<S>, _ name: String, summary: String, provides: ColumnSet = [], needs: ColumnSet = [],
    uses: [String] = [], offers: [String] = [], takesAll: Bool = false,
    config: @escaping @Sendable (inout ConfigTable) -> C,
    shape: (@Sendable (C) -> DecodeShape)? = nil,
    shared: @escaping @Sendable (C, inout LoadContext) -> State?,
    make: @escaping @Sendable (C, State, inout StageBuilder) throws(BuildError) -> S
  ) {
    precondition((shape != nil) == (key.role == .decode), "a decode stage, and no other, says the shape of its frames")
    self.name = name
    self.role = key.role
    self.isAdmission = key.isAdmission
    self.takesAll = takesAll
    self.summary = summary
    self.provides = provides
    self.needs = needs
    self.uses = uses
    self.offers = offers
    configure = { (table: inout ConfigTable) -> ConfiguredStage in
      let config = config(&table)
      return ConfiguredStage(
        shape: shape?(config),
        prepare: { (context: inout LoadContext) -> PreparedStage? in
          guard let state = shared(config, &context) else { return nil }
          return { (builder: inout StageBuilder) throws(BuildError) -> BuiltStage in
            key.wrap(try make(config, state, &builder))
          }
        })
    }
  }

  /// A stage whose workers share nothing.
  public init<C: Sendable, S>(
    _ key: RoleKey<S>, _ name: String, summary: String, provides: ColumnSet = [], needs: ColumnSet = [],
    uses: [String] = [], offers: [String] = [], takesAll: Bool = false,
    config: @escaping @Sendable (inout ConfigTable) -> C,
    shape: (@Sendable (C) -> DecodeShape)? = nil,
    make: @escaping @Sendable (C, inout StageBuilder) throws(BuildError) -> S
  ) {
    self.init(
      key, name, summary: summary, provides: provides, needs: needs, uses: uses, offers: offers, takesAll: takesAll,
      config: config, shape: shape,
      shared: { (_: C, _: inout LoadContext) -> Bool? in true },
      make: { (config: C, _: Bool, builder: inout StageBuilder) throws(BuildError) -> S in try make(config, &builder) })
  }
}

/// A stage whose table has been read.
package struct ConfiguredStage: Sendable {
  package let shape: DecodeShape?
  package let prepare: @Sendable (inout LoadContext) -> PreparedStage?
}

/// Makes the stage, on a worker's thread.
package typealias PreparedStage = @Sendable (inout StageBuilder) throws(BuildError) -> BuiltStage

/// One capability that a plugin offers, with the table that says how.
public struct CapabilityDescriptor: Sendable {
  /// The capability's name.
  public let name: String
  let table: String
  let configure: @Sendable (inout ConfigTable) -> @Sendable (inout LoadContext) -> BuildSite.Offer?

  /// Offers `key`, as the table of this name says; `make` runs at most once a chain and worker, when a stage asks.
  public init<C, Config: Sendable, State: Sendable>(
    _ key: CapabilityKey<C>, table: String, config: @escaping @Sendable (inout ConfigTable) -> Config,
    shared: @escaping @Sendable (Config, inout LoadContext) -> State?,
    make: @escaping @Sendable (Config, State, inout StageBuilder) throws(BuildError) -> C
  ) {
    name = key.name
    self.table = table
    configure = { (table: inout ConfigTable) in
      let config = config(&table)
      return { (context: inout LoadContext) -> BuildSite.Offer? in
        guard let state = shared(config, &context) else { return nil }
        return { (builder: inout StageBuilder) throws(BuildError) -> Any in try make(config, state, &builder) }
      }
    }
  }
}

/// A module that offers stages and capabilities.
public struct Plugin: Sendable {
  /// Its name: turning off the table of this name turns off all its stages.
  public let name: String
  /// One line for operators.
  public let summary: String
  /// Its stages.
  public let stages: [StageDescriptor]
  /// Its capabilities.
  public let capabilities: [CapabilityDescriptor]
  /// Variables of the environment that set keys of its tables without bearing their names.
  public let shortNames: [ShortName]
  /// What it finds on this machine, a line each: `hearsay stages` asks for it, and nothing else does.
  public let remarks: @Sendable () -> [String]

  /// A plugin of these.
  public init(
    name: String, summary: String, stages: [StageDescriptor], capabilities: [CapabilityDescriptor] = [],
    shortNames: [ShortName] = [], remarks: @escaping @Sendable () -> [String] = { [] }
  ) {
    self.name = name
    self.summary = summary
    self.stages = stages
    self.capabilities = capabilities
    self.shortNames = shortNames
    self.remarks = remarks
  }
}

/// What a descriptor's `shared` step may look at and add to.
public struct LoadContext {
  /// The chain that is loaded.
  public let plan: ChainPlan
  /// What is known of the node.
  public let node: NodeFacts
  /// The files of the machine.
  public let files: any FileSource
  /// The wall clock at loading, for keys and their validity.
  public let wall: WallTime
  /// True when no other stage of its role stands behind the one that is prepared.
  public internal(set) var isLastOfRole = true
  package var memory: [MemoryTerm] = []
  package var mistakes: [String] = []

  package init(plan: ChainPlan, node: NodeFacts, files: any FileSource, wall: WallTime) {
    self.plan = plan
    self.node = node
    self.files = files
    self.wall = wall
  }

  /// Adds a term to the memory that `hearsay check` sums: what this state takes at the start, in bytes.
  public mutating func addMemory(_ name: String, bytes: Int) { memory.append(MemoryTerm(name, bytes)) }

  /// Adds a term to the memory that `hearsay check` sums: what this state may come to take, in bytes.
  public mutating func addMemory(_ name: String, atMost bytes: Int) {
    memory.append(MemoryTerm(name, bytes, isBound: true))
  }

  /// Reports a mistake at the stage's table.
  public mutating func mistake(_ sentence: String) { mistakes.append(sentence) }
}
