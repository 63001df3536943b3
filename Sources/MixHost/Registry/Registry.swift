/// The plugins that are linked into a program.
public struct Registry: Sendable {
  /// The plugins, in the order in which the program lists them.
  public let plugins: [Plugin]

  /// A registry of these plugins. Two stages of one name and role, or two capabilities of one name, are an error of the program's
  /// author and trap. A plugin may have stages of one name in several roles: they share a table.
  public init(_ plugins: [Plugin]) {
    self.plugins = plugins
    let stages = plugins.flatMap { $0.stages.map { "\($0.role.name) \($0.name)" } }
    let offers = plugins.flatMap { $0.capabilities.map(\.name) }
    precondition(Set(stages).count == stages.count, "two linked stages have one name: \(stages)")
    precondition(Set(offers).count == offers.count, "two plugins offer one capability: \(offers)")
  }

  /// The variables of the environment that set a key without bearing its name: the host's and the plugins'.
  public var shortNames: [ShortName] { NodeLoader.shortNames + plugins.flatMap(\.shortNames) }

  /// The stage of this name that is written under a role; nil when there is none, with the roles that do have one.
  func stage(_ type: String, _ role: StageRole) -> (found: (Plugin, StageDescriptor)?, roles: [StageRole]) {
    let all = plugins.flatMap { plugin in plugin.stages.filter { $0.name == type }.map { (plugin, $0) } }
    return (all.first { $0.1.role == role }, all.map(\.1.role))
  }

  var stageNames: [String] { Set(plugins.flatMap { $0.stages.map(\.name) }).sorted() }

  func names(_ role: StageRole) -> [String] {
    plugins.flatMap { $0.stages.filter { $0.role == role }.map(\.name) }.sorted()
  }

  func providers(of column: String) -> [String] {
    plugins.flatMap { $0.stages.filter { $0.provides.names.contains(column) }.map(\.name) }.sorted()
  }

  func offers(_ capability: String) -> Bool {
    plugins.contains { $0.capabilities.contains { $0.name == capability } }
  }

  func isEnabled(_ table: ConfigTable) -> Bool {
    table.bool("enabled", default: true, "false: the table's stages leave every chain")
  }

  /// Every key that the host and the linked stages read, as with an empty file: for `hearsay stages`, and for a test that
  /// compares them with a documented file.
  public func keys() -> [(stage: StageDescriptor?, keys: [KeyDescription])] {
    var all: [(stage: StageDescriptor?, keys: [KeyDescription])] = []
    let host = ConfigFile(text: "[chain.NAME]")
    NodeLoader.readHostTables(host, base: "")
    var notes: [String] = []
    for table in host.instances(of: "chain") {
      _ = ChainReader(registry: self, file: host).read(table, notes: &notes)
    }
    all.append((nil, host.keys))
    for plugin in plugins {
      for stage in plugin.stages {
        let keys = ConfigFile.keys(of: stage.name) { table in
          _ = isEnabled(table)
          _ = stage.configure(&table)
        }
        all.append((stage, keys))
      }
    }
    return all
  }
}
