import LinuxNet
import MixHost
import MixNet

extension Command {
  static let demo = Command(
    name: "demo", takes: "[--nodes N] [--messages M] [--size B] [--file F] [--features LIST]",
    summary: "runs a real network of node processes on free loopback ports and checks every answer",
    options: [
      Option("nodes", "N", "node processes (1 to 32); 3 if not given"),
      Option("messages", "M", "messages to send; 500 if not given"),
      Option("size", "B", "bytes of a message; 1000 if not given"),
      Option("file", "F", "send this file there and back instead of messages"),
      Option("features", "LIST", "what the chain has; default sphinx; empty for the plain relay"),
      Option("json", nil, "one JSON object on standard output"),
    ]
  ) { arguments, _ in
    let demo = try Demo(arguments)
    return try demo.run()
  }
}

/// A network of processes, some work, and an account of every packet.
struct Demo {
  private let nodes: Int
  private let isMix: Bool
  private let isJSON: Bool
  private let work: DemoWork
  private let what: String
  private let features: [NetworkPlan.Feature]

  init(_ arguments: Arguments) throws {
    nodes = try arguments.int("nodes", default: 3, in: 1...32)
    features = try Command.features(arguments.text("features"))
    isMix = features.contains(.sphinx)
    isJSON = arguments.has("json")
    guard isMix || nodes >= 2 else { throw UsageError("the plain relay needs 2 nodes: an entry and an exit") }
    if let path = arguments.text("file") {
      guard arguments.text("messages") == nil, arguments.text("size") == nil else {
        throw UsageError("--file stands for the messages; leave --messages and --size out")
      }
      let bytes = try Self.read(path)
      work = DemoWork(file: bytes, pieces: isMix ? nil : 32_768)
      what = "the file \(path) of \(Terminal.size(bytes.count))"
    } else {
      let count = try arguments.int("messages", default: 500, in: 1...10_000_000)
      let size = try arguments.int("size", default: 1_000, in: 1...(isMix ? 1 << 24 : 65_528))
      guard count * size <= 1 << 30 else { throw UsageError("\(count) messages of \(size) bytes are more than 1 GiB") }
      work = DemoWork(count: count, size: size)
      what = "\(count) messages of \(Terminal.size(size))"
    }
  }

  private static func read(_ path: String) throws(CommandError) -> [UInt8] {
    do { return try readFile(path, limit: 1 << 30).bytes } catch { throw CommandError(error.description) }
  }

  func run() throws(CommandError) -> Int32 {
    let folder = try TemporaryFolder()
    var plan = NetworkPlan(nodes: nodes, features: features, firstPort: nil)
    plan.workers = 1
    plan.tagsMax = 1 << 20
    let directory = try plan.write(to: folder.path + "/net", now: SystemClock().wall)
    let kind = isMix ? "Sphinx" : "plain relay"
    note("\(nodes) \(kind) nodes, \(what)")
    var children: [ChildNode] = []
    defer { for child in children { child.kill() } }
    // The last node first: a relay's links then find somebody who listens.
    for node in directory.nodes.reversed() {
      let place = "\(folder.path)/net/\(node.name)"
      let child = try ChildNode(name: node.name, file: "\(place)/plugins.toml", log: "\(place)/log")
      children.insert(child, at: 0)
      try child.waitUntilReady()
    }
    note("ready: " + zip(directory.nodes, children).map { "\($0.name) (process \($1.pid))" }.joined(separator: ", "))
    let result = try drive(directory)
    Terminal.endProgress()
    let statuses = statuses(children)
    let codes = stop(children)
    let account = Account(statuses, sent: result.packetsSent, received: result.packetsReceived)
    return report(result, account, codes)
  }

  private func note(_ line: String) { Terminal.note("demo: \(line)") }

  private func drive(_ directory: NetworkDirectory) throws(CommandError) -> DemoResult {
    let total = work.messages.count
    var shown = -1
    func progress(_ result: DemoResult) {
      let percent = result.replied * 100 / max(1, total)
      guard percent != shown else { return }
      shown = percent
      Terminal.progress("demo: \(result.replied) of \(total) messages answered (\(percent) %)")
    }
    if isMix { return try DemoDriver.mix(work, directory, progress: progress) }
    guard let entry = directory.nodes[0].listens("relay") else { throw CommandError("the entry listens nowhere") }
    return try DemoDriver.relay(work, entry, progress: progress)
  }

  private func statuses(_ children: [ChildNode]) -> [(name: String, status: JSON)] {
    // What is still under way has a moment to arrive.
    sleepMS(100)
    return children.compactMap { child in
      guard let address = child.status, child.isRunning else { return nil }
      guard let bytes = try? ClientLoop().ask(address, [], within: .s(5)), let json = JSON(bytes) else { return nil }
      return (child.name, json)
    }
  }

  private func stop(_ children: [ChildNode]) -> [(name: String, code: Int32?)] {
    for child in children { child.stop() }
    return children.map { ($0.name, $0.wait(seconds: 15)) }
  }

  // MARK: The end

  private func report(_ result: DemoResult, _ account: Account, _ codes: [(name: String, code: Int32?)]) -> Int32 {
    var faults: [String] = []
    if result.sent != work.messages.count {
      faults.append("only \(result.sent) of \(work.messages.count) messages were sent")
    }
    if result.replied != result.sent { faults.append("\(result.sent - result.replied) messages were not answered") }
    if result.wrong > 0 { faults.append("\(result.wrong) answers differ from what was sent") }
    if account.nodes.count != nodes { faults.append("\(nodes - account.nodes.count) nodes did not tell their status") }
    if account.lost != 0 { faults.append("\(account.lost) frames were written to links and not read from them") }
    for node in account.nodes where node.unexplained != 0 {
      faults.append("\(node.name): its counters leave \(node.unexplained) packets unexplained")
    }
    for (name, code) in codes where code != 0 {
      faults.append("\(name) " + (code.map { "ended with code \($0)" } ?? "did not stop and was ended by force"))
    }
    if isJSON { Terminal.out(json(result, account, faults).line) } else { show(result, account) }
    for fault in faults { note("FAULT: \(fault)") }
    if faults.isEmpty { note("every byte of every answer is right, and every packet is accounted for") }
    return faults.isEmpty ? 0 : 1
  }

  private func show(_ result: DemoResult, _ account: Account) {
    Terminal.out(account.table)
    for drop in account.drops { Terminal.out("dropped: \(drop.count) by \(drop.node) \(drop.stage): \(drop.reason)") }
    let rate = result.seconds > 0 ? Double(result.packetsSent + result.packetsReceived) / result.seconds : 0
    Terminal.out("")
    Terminal.out(
      "sent \(result.sent), answered \(result.replied), verified \(result.verified) messages "
        + "(\(Terminal.size(work.bytes)) each way) in \(rounded(result.seconds)) s")
    Terminal.out(
      "\(Int(rate)) packets a second at the client; latency \(rounded(result.percentile(50))) ms (half), "
        + "\(rounded(result.percentile(99))) ms (99 of 100)")
  }

  private func rounded(_ value: Double) -> String { JSON.double(value).line }

  private func json(_ result: DemoResult, _ account: Account, _ faults: [String]) -> JSON {
    let packets = result.packetsSent + result.packetsReceived
    let perMessage = max(1, result.packetsSent / max(1, result.sent))
    let delivered = isMix ? min(result.sent, account.served / perMessage) : result.replied
    return .object([
      ("nodes", .int(nodes)), ("features", .list(features.map { .text($0.rawValue) })), ("sent", .int(result.sent)),
      ("delivered", .int(delivered)), ("replied", .int(result.replied)), ("verified", .int(result.verified)),
      ("bytes", .int(work.bytes)), ("packets_sent", .int(result.packetsSent)),
      ("packets_received", .int(result.packetsReceived)), ("lost", .int(account.lost)),
      ("dropped", .int(account.dropped)),
      ("packets_per_second", .double(result.seconds > 0 ? Double(packets) / result.seconds : 0)),
      ("seconds", .double(result.seconds)),
      (
        "latency_ms",
        .object([("p50", .double(result.percentile(50))), ("p99", .double(result.percentile(99)))])
      ), ("ok", .bool(faults.isEmpty)), ("faults", .list(faults.map { .text($0) })),
    ])
  }
}
