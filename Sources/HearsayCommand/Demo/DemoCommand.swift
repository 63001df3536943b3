import LinuxNet
import MixHost
import MixNet
import OrderedJSON

extension Command {
  static let demo = Command(
    name: "demo", takes: "[--nodes N] [--messages M] [--size B] [--file F] [--features LIST] [--gossip]",
    summary: "runs a real network of node processes on free loopback ports and checks every answer",
    options: [
      Option("nodes", "N", "node processes (1 to 32); 3 if not given, 8 with --gossip"),
      Option("messages", "M", "messages to send; 500 if not given"),
      Option("size", "B", "bytes of a message; 1000 if not given"),
      Option("file", "F", "send this file there and back instead of messages"),
      Option(
        "features", "LIST",
        "of the chain: sphinx (default), vrf_delay, vrf_peers, cover_traffic; empty for the plain relay"),
      Option(
        "gossip", nil,
        "a gossip cluster instead, in which one node is killed and one joins; checks every message at every node"),
      Option("json", nil, "one JSON object on standard output"),
    ]
  ) { arguments, _ in
    if arguments.has("gossip") { return try GossipDemo(arguments).run() }
    let demo = try Demo(arguments)
    return try demo.run()
  }
}

/// A network of processes, some work, and an account of every packet.
struct Demo {
  private let nodes: Int
  private let isMix: Bool
  private let isJSON: Bool
  /// Whether the nodes' delays can be audited.
  private let isAudited: Bool
  private var hasCover: Bool { features.contains(.coverTraffic) }
  private let work: DemoWork
  private let what: String
  private let features: [NetworkPlan.Feature]

  init(_ arguments: Arguments) throws {
    nodes = try arguments.int("nodes", default: 3, in: 1...32)
    features = try Command.features(arguments.text("features"))
    isMix = features.contains(.sphinx)
    isJSON = arguments.has("json")
    isAudited = features.contains(.vrfDelay)
    guard isMix || nodes >= 2 else { throw UsageError("the plain relay needs 2 nodes: an entry and an exit") }
    if let path = arguments.text("file") {
      guard arguments.text("messages") == nil, arguments.text("size") == nil else {
        throw UsageError("--file stands for the messages; leave --messages and --size out")
      }
      let bytes = try Self.read(path)
      guard isMix || !bytes.isEmpty else {
        throw UsageError("\(path) is empty, and the plain relay carries no empty frame")
      }
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
    // First of all: a signal must find somebody who takes the folder away.
    let signals: Signals
    do { signals = try Signals() } catch { throw CommandError("\(error)") }
    let folder = try TemporaryFolder()
    var plan = NetworkPlan(nodes: nodes, features: features, firstPort: nil)
    plan.workers = 1
    plan.tagsMax = 1 << 20
    // A node that was killed starts again under its key.
    plan.isDurable = true
    let hasPeers = features.contains(.vrfPeers)
    plan.extra =
      (isAudited ? DemoAudit.tables : "") + (hasPeers ? DemoPeers.tables : "")
      + (hasCover ? DemoCover.tables(nodes: nodes) : "")
    let directory = try plan.write(to: folder.path + "/net", now: SystemClock().wall)
    let kind = isMix ? "Sphinx" : "plain relay"
    note("\(nodes) \(kind) nodes, \(what)")
    let nodes = DemoNodes(directory, in: folder.path + "/net", signals: signals)
    try nodes.start()
    note("ready: \(nodes.description)")
    let lines = hasPeers ? try DemoPeers.lines(directory, in: folder.path + "/net", nodes) : nil
    if hasPeers { note("each node sends to \(plan.peers) nodes of the next layer, which its VRF has chosen") }
    let result = try drive(directory, nodes, lines)
    Terminal.endProgress()
    let audit = isAudited ? DemoAudit(directory, in: folder.path + "/net", result.walks) : nil
    var (statuses, account) = settled(nodes, result)
    let cover = hasCover ? DemoCover(statuses) : nil
    let codes = nodes.stop()
    ascribe(nodes.deaths, directory, result, statuses, &account)
    return report(result, account, audit, cover, nodes.deaths, codes)
  }

  /// What the nodes say when nothing is under way: what still is has time to arrive. Where there is cover, which never ends, a
  /// moment is waited for in which two looks, one right behind the other, see the same, and a loop has come home.
  private func settled(_ nodes: DemoNodes, _ result: DemoResult) -> ([(name: String, status: JSON)], Account) {
    func look() -> ([(name: String, status: JSON)], Account) {
      let statuses = nodes.statuses()
      return (statuses, Account(statuses, sent: result.packetsSent, received: result.packetsReceived))
    }
    sleepMS(100)
    guard hasCover else { return look() }
    for _ in 0..<200 {
      let (first, second) = (look(), look())
      let isStill = first.1.table == second.1.table && second.1.lost == 0 && second.1.held == 0
      if isStill, DemoCover(second.0).faults.isEmpty { return second }
      sleepMS(50)
    }
    return look()
  }

  /// Says with which process frames were lost; with two that died nobody can tell.
  private func ascribe(
    _ deaths: [DemoNodes.Death], _ directory: NetworkDirectory, _ result: DemoResult,
    _ statuses: [(name: String, status: JSON)], _ account: inout Account
  ) {
    guard let death = deaths.first, deaths.count == 1,
      let number = directory.nodes.firstIndex(where: { $0.name == death.node })
    else { return }
    let toIt = directory.nodes[number].chains.reduce(0) { $0 + Account.written(to: $1.address.description, statuses) }
    account.ascribe(to: death, writtenByOthers: toIt + (number == result.entry ? result.packetsSent : 0))
  }

  private func note(_ line: String) { Terminal.note("demo: \(line)") }

  private func drive(
    _ directory: NetworkDirectory, _ nodes: DemoNodes, _ lines: PeerLines?
  ) throws(CommandError) -> DemoResult {
    let total = work.messages.count
    var shown = -1
    func look(_ result: DemoResult) throws(CommandError) {
      try nodes.look { line in
        Terminal.endProgress()
        note(line)
      }
      let percent = result.replied * 100 / max(1, total)
      guard percent != shown else { return }
      shown = percent
      Terminal.progress("demo: \(result.replied) of \(total) messages answered (\(percent) %)")
    }
    if isMix { return try DemoDriver.mix(work, directory, by: lines, keepsTrails: isAudited, look: look) }
    guard let entry = directory.nodes[0].listens("relay") else { throw CommandError("the entry listens nowhere") }
    return try DemoDriver.relay(work, entry, look: look)
  }

  // MARK: The end

  private func report(
    _ result: DemoResult, _ account: Account, _ audit: DemoAudit?, _ cover: DemoCover?, _ deaths: [DemoNodes.Death],
    _ codes: [(name: String, code: Int32?)]
  ) -> Int32 {
    var faults = deaths.map { "\($0.node) (process \($0.pid)) died (\($0.cause)) and was started again" }
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
    faults += audit?.faults ?? []
    faults += cover?.faults ?? []
    if isJSON {
      Terminal.out(json(result, account, audit, cover, faults).line)
    } else {
      show(result, account)
      if let audit { Terminal.out(audit.text) }
      if let cover { Terminal.out(cover.text) }
    }
    for fault in faults { note("FAULT: \(fault)") }
    if faults.isEmpty { note("every byte of every answer is right, and every packet is accounted for") }
    return faults.isEmpty ? 0 : 1
  }

  private func show(_ result: DemoResult, _ account: Account) {
    Terminal.out(account.table)
    for drop in account.drops { Terminal.out("dropped: \(drop.count) by \(drop.node) \(drop.stage): \(drop.reason)") }
    for loss in account.losses {
      Terminal.out(
        "lost: \(loss.lost) with \(loss.death.node) (process \(loss.death.pid), \(loss.death.cause)): "
          + "\(loss.written) frames written to it less \(loss.received) received from it")
    }
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

  private func json(
    _ result: DemoResult, _ account: Account, _ audit: DemoAudit?, _ cover: DemoCover?, _ faults: [String]
  ) -> JSON {
    let packets = result.packetsSent + result.packetsReceived
    let perMessage = max(1, result.packetsSent / max(1, result.sent))
    // A node that died has forgotten what it delivered: then the answers tell of more.
    let delivered = max(result.replied, min(result.sent, account.served / perMessage))
    let losses = account.losses.map { loss in
      JSON.object([
        ("node", .text(loss.death.node)), ("cause", .text(loss.death.cause)), ("written_to", .int(loss.written)),
        ("received_from", .int(loss.received)), ("lost", .int(loss.lost)),
      ])
    }
    return .object([
      ("nodes", .int(nodes)), ("features", .list(features.map { .text($0.rawValue) })), ("sent", .int(result.sent)),
      ("delivered", .int(delivered)), ("replied", .int(result.replied)), ("verified", .int(result.verified)),
      ("bytes", .int(work.bytes)), ("packets_sent", .int(result.packetsSent)),
      ("packets_received", .int(result.packetsReceived)), ("lost", .int(account.lost)),
      ("lost_with", .list(losses)),
      ("dropped", .int(account.dropped)),
      ("packets_per_second", .double(result.seconds > 0 ? Double(packets) / result.seconds : 0)),
      ("seconds", .double(result.seconds)),
      (
        "latency_ms",
        .object([("p50", .double(result.percentile(50))), ("p99", .double(result.percentile(99)))])
      ), ("audit", audit?.json ?? .null), ("cover", cover?.json ?? .null), ("ok", .bool(faults.isEmpty)),
      ("faults", .list(faults.map { .text($0) })),
    ])
  }
}
