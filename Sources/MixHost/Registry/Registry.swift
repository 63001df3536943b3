/// The plugins that are linked into a program.
public struct Registry: Sendable {
  /// The plugins, in the order in which the program lists them.
  public let plugins: [Plugin]

  /// A registry of these plugins. Two stages, or two capabilities, of one name are an error of the program's author and
  /// trap.
  public init(_ plugins: [Plugin]) {
    self.plugins = plugins
    let stages = plugins.flatMap { $0.stages.map(\.name) }
    let offers = plugins.flatMap { $0.capabilities.map(\.name) }
    precondition(Set(stages).count == stages.count, "two linked stages have one name: \(stages)")
    precondition(Set(offers).count == offers.count, "two plugins offer one capability: \(offers)")
  }

  /// The variables of the environment that set a key without bearing its name: the host's and the plugins'.
  public var shortNames: [ShortName] { NodeLoader.shortNames + plugins.flatMap(\.shortNames) }

  func stage(_ type: String) -> (Plugin, StageDescriptor)? {
    for plugin in plugins {
      if let stage = plugin.stages.first(where: { $0.name == type }) { return (plugin, stage) }
    }
    return nil
  }

  var stageNames: [String] { plugins.flatMap { $0.stages.map(\.name) }.sorted() }

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
