/// Arrows run one way: MixNet <- MixHost <- plugins <- programs. LinuxNet and SimNet stand beside the host; plugins never
/// know each other; what is below the command line never knows Foundation.
struct ImportRule {
  /// What the files of a module may import.
  struct Layer {
    /// Modules of this package. Those in C are not listed: Package.swift says who may use them.
    var own: Set<String> = []
    var plugins = false
    var system: Set<String> = []
  }

  /// One entry a module, whether it stands yet or not.
  static let layers: [String: Layer] = [
    "MixNet": Layer(),
    "TOML": Layer(),
    "MixHost": Layer(own: ["MixNet", "TOML"]),
    "MixHostTesting": Layer(own: ["MixNet", "MixHost"]),
    "LinuxNet": Layer(own: ["MixNet"], system: ["Glibc"]),
    "SimNet": Layer(own: ["MixNet"]),
    "OrderedJSON": Layer(),
    "HearsayCommand": Layer(
      own: ["MixNet", "MixHost", "TOML", "LinuxNet", "OrderedJSON"], plugins: true, system: large),
    "hearsay": Layer(own: ["MixNet", "MixHost", "LinuxNet", "HearsayCommand"], plugins: true, system: large),
    "HearsayRuntime": Layer(own: ["MixNet", "MixHost", "LinuxNet"]),
    "HearsayPeers": Layer(own: ["MixNet", "MixHost", "HearsayRuntime"], plugins: true),
    "HearsayGossip": Layer(own: ["MixNet", "MixHost", "HearsayRuntime"], plugins: true),
    "HearsaySim": Layer(
      own: ["MixNet", "MixHost", "SimNet", "OrderedJSON", "GossipSim"], plugins: true, system: ["Glibc", "Dispatch"]),
    "GossipSim": Layer(own: ["MixNet"], plugins: true),
    "hearsay-sim": Layer(own: all, plugins: true, system: large),
    "hearsay-bench": Layer(own: all, plugins: true, system: large),
  ]

  /// What a plugin may import.
  static let plugin = Layer(own: ["MixNet", "MixHost"])

  /// Needs nothing of the system beyond the standard library.
  private static let small: Set<String> = ["Synchronization"]
  private static let large: Set<String> = ["Glibc", "Foundation", "FoundationEssentials", "Dispatch"]
  private static let all: Set<String> = [
    "MixNet", "TOML", "MixHost", "MixHostTesting", "LinuxNet", "SimNet", "OrderedJSON", "HearsaySim",
    "GossipSim", "HearsayCommand", "HearsayPeers", "HearsayGossip", "HearsayRuntime",
  ]

  let manifest: Manifest

  /// Forbidden arrows in a file.
  func findings(_ path: String, _ text: String) -> [Finding] {
    guard let target = manifest.target(of: path) else {
      return [Finding(path: path, line: 0, what: "belongs to no target of Package.swift")]
    }
    let layer = target.isPlugin ? Self.plugin : Self.layers[target.name]
    let isSource = path.hasPrefix("Sources/")
    if isSource, layer == nil {
      return [Finding(path: path, line: 0, what: "'\(target.name)' has no place in the table of layers")]
    }
    return Self.imports(of: SwiftText(text)).compactMap { line, module in
      let what = isSource ? refusal(of: module, in: layer ?? Layer()) : nil
      return (what ?? undeclared(module, by: target)).map { Finding(path: path, line: line, what: $0) }
    }
  }

  /// A program that contains the simulator could be told to be one.
  func findings(aboutProgram name: String) -> [Finding] {
    manifest.parts(of: name).contains("SimNet")
      ? [Finding(path: "Package.swift", line: 0, what: "'\(name)' must not contain SimNet")] : []
  }

  private func refusal(of module: String, in layer: Layer) -> String? {
    let target = manifest.target(named: module)
    let isAllowed: Bool
    if target?.isPlugin == true {
      isAllowed = layer.plugins
    } else if Self.layers[module] != nil {
      isAllowed = layer.own.contains(module)
    } else {
      // A module in C, or one of the system.
      isAllowed = target != nil || Self.small.contains(module) || layer.system.contains(module)
    }
    return isAllowed ? nil : "must not import '\(module)'"
  }

  private func undeclared(_ module: String, by target: Manifest.Target) -> String? {
    guard manifest.target(named: module) != nil, !target.dependencies.contains(module) else { return nil }
    return "imports '\(module)', which Package.swift does not list for '\(target.name)'"
  }

  /// The modules that a file imports, with their lines.
  static func imports(of text: SwiftText) -> [(line: Int, module: String)] {
    let kinds = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
    var found: [(line: Int, module: String)] = []
    for (i, line) in text.lines.enumerated() {
      for statement in line.split(separator: ";") {
        let words = statement.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(of: "import") else { continue }
        let before = words[..<place].allSatisfy { $0.hasPrefix("@") || accessLevels.contains(String($0)) }
        let after = words[(place + 1)...].drop { kinds.contains(String($0)) }
        guard before, let module = after.first?.split(separator: ".").first else { continue }
        found.append((i + 1, String(module)))
      }
    }
    return found
  }

  private static let accessLevels = ["public", "package", "internal", "fileprivate", "private"]
}
