import MixNet

/// One chain's table: which stages, in which roles, and what is wrong with them.
struct ChainReader {
  let registry: Registry
  let file: ConfigFile

  /// A stage as a chain lists it.
  struct Listed {
    /// `type` or `type/name`.
    let name: String
    let position: ConfigPosition
    let descriptor: StageDescriptor
    let plugin: Plugin
  }

  /// What a chain's table says.
  struct Chain {
    let name: String
    let table: ConfigTable
    let stages: [Listed]
    let workers: Int?
    let sources: [ConfigItem]
    let listen: Address?
    let datagrams: Address?
  }

  func read(_ table: ConfigTable, notes: inout [String]) -> Chain {
    var stages: [Listed] = []
    for role in StageRole.allCases {
      let doc = Self.doc(role)
      let items = table.items(role.name, default: [], doc)
      var listed = items.compactMap { item in resolve(item, role, table) }
      removeDuplicates(&listed, role)
      let on = listed.filter { isOn($0, chain: table.name, notes: &notes) }
      let isOptional = role == .forward && stages.contains { $0.descriptor.takesAll }
      if !isOptional { checkPresence(role, listed: listed, on: on, isWritten: !items.isEmpty, table) }
      stages += on
    }
    checkNeeds(stages)
    return Chain(
      name: table.name, table: table, stages: stages,
      workers: table.int("workers", in: 1...64, "workers that run the chain's parallel part; all if not given"),
      sources: table.items("from", default: [], "chains of this node that may hand packets to this one"),
      listen: table.address("listen", "where the chain's links come in; none if not given"),
      datagrams: table.address("datagrams", "where the chain's datagrams come in; none if not given"))
  }

  private static func doc(_ role: StageRole) -> String {
    switch role {
    case .decode: "the stage that turns bytes into packets; exactly one"
    case .verify: "stages that refuse packets, in their order; admission stages come first by themselves"
    case .delay: "stages that make packets wait; their delays add up"
    case .mix: "stages that hold packets and let them go in another order"
    case .forward: "stages that say where packets leave; at least one, unless decode takes all packets for itself"
    case .observe: "stages that look on"
    }
  }

  // MARK: Stages

  private func resolve(_ item: ConfigItem, _ role: StageRole, _ table: ConfigTable) -> Listed? {
    let type = String(item.text.prefix { $0 != "/" })
    let (found, roles) = registry.stage(type, role)
    guard let other = roles.first else {
      let linked = registry.stageNames.joined(separator: ", ")
      let near = didYouMean(type, in: registry.stageNames)
      file.mistake(at: item.position, "no stage type '\(type)' in this binary\(near) (linked: \(linked))")
      return nil
    }
    guard let (plugin, descriptor) = found else {
      let takes = registry.names(role)
      let list = takes.isEmpty ? "no stage of this binary" : takes.joined(separator: ", ")
      let article = "aeo".contains(other.name.prefix(1)) ? "an" : "a"
      file.mistake(
        at: item.position, "'\(type)' is \(article) \(other.name) stage; \(role.name) takes: \(list)")
      return nil
    }
    return Listed(name: item.text, position: item.position, descriptor: descriptor, plugin: plugin)
  }

  private func removeDuplicates(_ stages: inout [Listed], _ role: StageRole) {
    var seen: [String] = []
    stages = stages.filter { stage in
      guard seen.contains(stage.name) else {
        seen.append(stage.name)
        return true
      }
      let type = stage.descriptor.name
      file.mistake(
        at: stage.position,
        "stage '\(stage.name)' is listed twice; give the second a name, \(role.name) = [\"\(type)/second\"], and its own table [\(type).second]"
      )
      return false
    }
  }

  /// `enabled = false` in a stage's or its plugin's table takes the stage out of every chain.
  private func isOn(_ stage: Listed, chain: String, notes: inout [String]) -> Bool {
    guard let table = offSwitch(of: stage) else { return true }
    let note = "chain '\(chain)': '\(stage.name)' is off ([\(table)] enabled = false)"
    if !notes.contains(note) { notes.append(note) }
    return false
  }

  /// The table that turns a stage off: its own or its plugin's.
  private func offSwitch(of stage: Listed) -> String? {
    [stage.name, stage.plugin.name].first { !registry.isEnabled(file.table($0, as: .stage)) }
  }

  private func checkPresence(
    _ role: StageRole, listed: [Listed], on: [Listed], isWritten: Bool, _ table: ConfigTable
  ) {
    if role == .decode, on.count > 1 {
      file.mistake(at: on[1].position, "a chain has one decode stage; '\(on[0].name)' is one already")
    }
    guard role == .decode || role == .forward, on.isEmpty else { return }
    if let off = listed.first {
      let others = registry.names(role).filter { $0 != off.descriptor.name }.joined(separator: ", ")
      let fix = others.isEmpty ? "" : ", or use one of: \(others)"
      file.mistake(
        at: off.position,
        "chain '\(table.name)' has no \(role.name) stage while '\(off.name)' is off; set enabled = true in [\(offSwitch(of: off) ?? off.name)]\(fix)"
      )
    } else if !isWritten {
      let names = registry.names(role).joined(separator: ", ")
      file.mistake(at: table.position, "chain '\(table.name)' has no \(role.name) stage; add one of: \(names)")
    }
  }

  /// Decode provides columns; the later stages may need them.
  private func checkNeeds(_ stages: [Listed]) {
    guard let decoder = stages.first(where: { $0.descriptor.role == .decode })?.descriptor else { return }
    for (place, stage) in stages.enumerated() {
      let missing = stage.descriptor.needs.subtracting(decoder.provides)
      for column in missing.names {
        let providers = registry.providers(of: column).joined(separator: ", ")
        let hint = providers.isEmpty ? "no stage of this binary does" : "\(providers) does"
        file.mistake(
          at: stage.position,
          "'\(stage.name)' needs the '\(column)' column; no earlier stage provides it (\(hint))")
      }
      let before = stages[..<place].flatMap(\.descriptor.offers)
      for capability in stage.descriptor.uses where !registry.offers(capability) && !before.contains(capability) {
        file.mistake(at: stage.position, "'\(stage.name)' uses '\(capability)', which \(lack(of: capability))")
      }
    }
  }
  /// Why nobody offers a capability, and what to do about it.
  private func lack(of capability: String) -> String {
    let stages = registry.plugins.flatMap(\.stages).filter { $0.offers.contains(capability) }
      .map { "\($0.name) (\($0.role.name))" }
    guard !stages.isEmpty else { return "no plugin of this binary offers" }
    return "no stage before it offers; list one of these before it: \(stages.joined(separator: ", "))"
  }
}
