import LinuxNet
import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let run = Command(
    name: "run", plainMax: 1, takes: "[FILE]", summary: "runs a node until SIGTERM or SIGINT, then lets it drain",
    options: [
      Option("json", nil, "the line that says the node is ready as one JSON object on standard output"),
      Option("with-parent", "PID", "stop when the process PID, which started this one, ends"),
    ]
  ) { arguments, registry in
    let parent = try parent(arguments)
    let path = arguments.plain.first ?? "plugins.toml"
    let file = NodeFile(path: path, registry: registry)
    let read = try file.read()
    guard let blueprint = read.loaded.blueprint else { return show(read.mistakes, path: path) }
    for note in read.loaded.notes { Terminal.note("hearsay: \(note)") }
    let most = memory(blueprint).reduce(0) { $0 + $1.bytes }
    if let note = try MemoryRoom.compare(atStart: blueprint.memoryBytes, atMost: most, with: .least()) {
      Terminal.note("hearsay: \(note)")
    }
    let process = try NodeProcess(blueprint, file: file, settings: read.settings, parent: parent)
    return try process.run { addresses in
      if arguments.has("json") { return Terminal.out(readyJSON(blueprint, addresses).line) }
      let places = addresses.map { "\($0.name) on \($0.address)" }.joined(separator: ", ")
      Terminal.note(
        "hearsay: node '\(blueprint.facts.name)' is ready: \(places.isEmpty ? "it listens nowhere" : places); "
          + "status on \(blueprint.operation.status)"
          + (hasDoor(blueprint) ? ", door on \(blueprint.operation.door)" : ""))
    }
  }

  /// The process without which the node is not to go on.
  private static func parent(_ arguments: Arguments) throws -> Int32? {
    guard arguments.text("with-parent") != nil else { return nil }
    let parent = Int32(try arguments.int("with-parent", default: 1, in: 1...Int(Int32.max)))
    guard parentProcess == parent else { throw CommandError("process \(parent) has not started this one") }
    return parent
  }

  private static func readyJSON(_ blueprint: NodeBlueprint, _ addresses: [(name: String, address: Address)]) -> JSON {
    .object([
      ("ready", .bool(true)), ("name", .text(blueprint.facts.name)),
      ("status", .text(blueprint.operation.status.description)),
      ("door", hasDoor(blueprint) ? .text(blueprint.operation.door.description) : .null),
      ("listens", .object(addresses.map { ($0.name, .text($0.address.description)) })),
    ])
  }

  /// Whether programs can publish and subscribe.
  private static func hasDoor(_ blueprint: NodeBlueprint) -> Bool {
    GossipDoor.place(in: blueprint.plans) != nil && blueprint.operation.doorVisitorsMax > 0
  }

  /// The terms of the memory, with what the program around the node takes.
  private static func memory(_ blueprint: NodeBlueprint) -> [MemoryTerm] {
    let stacks = MemoryTerm("threads' stacks", NodeProcess.threadsMax(blueprint) * Thread.stackBytes, isBound: true)
    guard hasDoor(blueprint) else { return blueprint.memory + [stacks] }
    return blueprint.memory + [stacks, MemoryTerm("door", GossipDoor.bytesMax(blueprint.operation), isBound: true)]
  }

  static let check = Command(
    name: "check", plainMax: 1, takes: "[FILE]",
    summary: "shows the chains and their memory, or every mistake; opens no socket",
    options: [Option("json", nil, "one JSON object on standard output")]
  ) { arguments, registry in
    let path = arguments.plain.first ?? "plugins.toml"
    let read = try NodeFile(path: path, registry: registry).read()
    if arguments.has("json") {
      Terminal.out(checkJSON(read).line)
      return read.loaded.blueprint == nil ? 2 : 0
    }
    guard let blueprint = read.loaded.blueprint else { return show(read.mistakes, path: path) }
    for note in read.loaded.notes { Terminal.note("hearsay: \(note)") }
    Terminal.out(describe(blueprint))
    return 0
  }

  private static func show(_ mistakes: [ConfigMistake], path: String) -> Int32 {
    for mistake in mistakes { Terminal.note("\(mistake)") }
    Terminal.note("hearsay: \(mistakes.count) \(mistakes.count == 1 ? "mistake" : "mistakes") in \(path)")
    return 2
  }

  private static func checkJSON(_ read: NodeFile.Read) -> JSON {
    let mistakes = read.mistakes.map { mistake in
      JSON.object([("position", .text("\(mistake.position)")), ("sentence", .text(mistake.sentence))])
    }
    let memory = read.loaded.blueprint.map(memory) ?? []
    return .object([
      ("ok", .bool(read.loaded.blueprint != nil)), ("mistakes", .list(mistakes)),
      ("notes", .list(read.loaded.notes.map { .text($0) })),
      ("chains", .list((read.loaded.blueprint?.plans ?? []).map { .text($0.name) })),
      ("memory", .object(memory.map { ($0.name, .int($0.bytes)) })),
      ("memory_bytes", .int(read.loaded.blueprint?.memoryBytes ?? 0)),
      ("memory_bytes_max", .int(memory.reduce(0) { $0 + $1.bytes })),
    ])
  }

  private static func describe(_ blueprint: NodeBlueprint) -> String {
    var lines = ["node '\(blueprint.facts.name)', \(blueprint.workers) workers"]
    for plan in blueprint.plans {
      let place = plan.listen.map { "listens on \($0)" } ?? "does not listen"
      lines.append("chain '\(plan.name)': \(plan.stageNames.joined(separator: " -> ")); \(place)")
    }
    let terms = memory(blueprint)
    let rows = terms.map { term in
      let size = Terminal.size(term.bytes)
      return [term.name, term.isBound ? "" : size, size]
    }
    let sums = [blueprint.memoryBytes, terms.reduce(0) { $0 + $1.bytes }].map(Terminal.size)
    lines.append("")
    lines.append(Terminal.table(["memory", "at the start", "at most"], rows + [["in all"] + sums]))
    return lines.joined(separator: "\n")
  }

  static let stages = Command(
    name: "stages", takes: "", summary: "shows what is linked: plugins, stages, and the keys that they read",
    options: [Option("json", nil, "one JSON object on standard output")]
  ) { arguments, registry in
    if arguments.has("json") {
      Terminal.out(stagesJSON(registry).line)
      return 0
    }
    for plugin in registry.plugins {
      Terminal.out("\(plugin.name): \(plugin.summary)")
      for remark in plugin.remarks() { Terminal.out("  \(remark)") }
      for entry in registry.keys() {
        guard let stage = entry.stage, plugin.stages.contains(where: { $0.name == stage.name }) else { continue }
        Terminal.out("  \(stage.name) (\(stage.isAdmission ? "verify, admission" : stage.role.name)): \(stage.summary)")
        for key in entry.keys where key.key != "enabled" { Terminal.out("    \(describe(key))") }
      }
    }
    Terminal.out("every stage's and plugin's table takes enabled = true; false takes its stages out of every chain")
    Terminal.out("the host's own tables:")
    for key in registry.keys().first?.keys ?? [] { Terminal.out("    [\(key.table)] \(describe(key))") }
    return 0
  }

  private static func describe(_ key: KeyDescription) -> String {
    let preset = key.preset.map { " = \($0)" } ?? (key.isRequired ? ", required" : ", not set")
    let allowed = key.allowed.isEmpty ? "" : " (\(key.allowed))"
    return "\(key.key)\(preset)\(allowed): \(key.doc)"
  }

  private static func stagesJSON(_ registry: Registry) -> JSON {
    func json(_ keys: [KeyDescription]) -> JSON {
      .list(
        keys.map { key in
          .object([
            ("table", .text(key.table)), ("key", .text(key.key)), ("type", .text(key.type)),
            ("default", key.preset.map { .text($0) } ?? .null), ("required", .bool(key.isRequired)),
            ("allowed", .text(key.allowed)), ("doc", .text(key.doc)),
          ])
        })
    }
    let stages = registry.keys().compactMap { entry -> JSON? in
      guard let stage = entry.stage else { return nil }
      let plugin = registry.plugins.first { $0.stages.contains { $0.name == stage.name } }
      return .object([
        ("plugin", .text(plugin?.name ?? "")), ("stage", .text(stage.name)), ("role", .text(stage.role.name)),
        ("admission", .bool(stage.isAdmission)), ("summary", .text(stage.summary)), ("keys", json(entry.keys)),
      ])
    }
    let remarks = registry.plugins.map { ($0.name, JSON.list($0.remarks().map { .text($0) })) }
    return .object([
      ("stages", .list(stages)), ("remarks", .object(remarks)),
      ("host", json(registry.keys().first?.keys ?? [])),
    ])
  }

  static let status = Command(
    name: "status", plainMax: 1, takes: "[ADDRESS]", summary: "shows a running node: chains, counters, links",
    options: [Option("json", nil, "one JSON object on standard output")]
  ) { arguments, _ in
    let text = arguments.plain.first ?? "unix:state/status.sock"
    guard let address = Address(text) else {
      throw UsageError("'\(text)' is no address; write 127.0.0.1:PORT, [::1]:PORT or unix:PATH")
    }
    let answer: [UInt8]
    do throws(CommandError) { answer = try ClientLoop().ask(address, [], within: .s(5)) } catch {
      throw CommandError("\(error.sentence); a node answers at unix:FOLDER/state/status.sock, FOLDER being its file's")
    }
    guard let json = JSON(answer) else { throw CommandError("\(address) does not answer like a node") }
    if arguments.has("json") {
      Terminal.out(String(decoding: answer, as: UTF8.self))
    } else {
      Terminal.out(StatusTable(json).text)
    }
    return 0
  }
}
