import LinuxNet
import MixNet
import OrderedJSON

/// `hearsay demo --gossip`: a cluster of processes, one of which is killed and one of which joins on the way, and an account of every message
/// at every node.
final class GossipDemo {
  private let count: Int
  private let messages: [[UInt8]]
  private let isJSON: Bool
  private let signals: Signals
  private let loop: ClientLoop
  private var nodes: [GossipDemoNode] = []
  private var tally: GossipTally
  private var seconds = 0.0
  private var shown = -1
  /// Nodes that have noticed the death of the one that was killed.
  private var noticed = 0

  private static let topic = "demo"
  /// Messages that one node has not answered.
  private static let window = 16
  /// What has not come when nothing has come for so long never will.
  private static let patience = Nanos.s(20)
  /// How long the cluster may take to find itself.
  private static let settling = Nanos.s(60)

  init(_ arguments: Arguments) throws {
    for name in ["file", "features"] where arguments.text(name) != nil {
      throw UsageError("--\(name) does not go with --gossip")
    }
    count = try arguments.int("nodes", default: 8, in: 3...32)
    let number = try arguments.int("messages", default: 500, in: 10...1_000_000)
    let size = try arguments.int("size", default: 1_000, in: 8...1 << 20)
    guard number * size <= 1 << 28 else {
      throw UsageError("\(number) messages of \(size) bytes are more than 256 MiB")
    }
    messages = (0..<number).map { Self.message($0, size) }
    isJSON = arguments.has("json")
    // First of all: a signal must find somebody who takes the folder away.
    do { signals = try Signals() } catch { throw CommandError("\(error)") }
    loop = try ClientLoop()
    // One node more, which joins on the way.
    tally = GossipTally(nodes: count + 1)
    tally.isGone(count)
  }

  /// Eight bytes of number, and bytes that follow from it.
  private static func message(_ number: Int, _ size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendNumber(UInt64(number))
    var random = RandomStream(seed: Seed(UInt64(number), 0, 0, 0))
    while bytes.count < size { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
    return bytes
  }

  // MARK: The course

  func run() throws(CommandError) -> Int32 {
    let folder = try TemporaryFolder()
    let plan = try GossipPlan(nodes: count + 1).write(to: folder.path + "/net")
    note("\(count) gossip nodes, \(messages.count) messages of \(Terminal.size(messages[0].count)) to all of them")
    for number in 0..<count { try start(plan[number], number) }
    note("ready: " + nodes.map { "\($0.plan.name) (process \($0.pid))" }.joined(separator: ", "))
    try settle(nodes, "the nodes have not found each other")
    note("every node knows all \(count)")
    let started = loop.now
    try publish(until: messages.count / 3)
    let victim = nodes[count / 2]
    victim.kill()
    tally.isGone(victim.number)
    note("\(victim.plan.name) (process \(victim.pid)) was killed")
    try publish(until: messages.count / 2)
    let joiner = try start(plan[count], count)
    note("\(joiner.plan.name) (process \(joiner.pid)) joins")
    try publish(until: messages.count * 2 / 3)
    // It should have what is published once it knows the others.
    try settle([joiner], "\(joiner.plan.name) has not found the others")
    tally.isBack(joiner.number)
    tally.joined(joiner.number)
    note("\(joiner.plan.name) knows the others")
    try publish(until: messages.count)
    try waitForAll()
    seconds = Double((loop.now - started).ns) / 1e9
    try lookForTheDead(victim)
    Terminal.endProgress()
    for node in nodes where !node.isDead { node.stop() }
    let codes = nodes.filter { !$0.isDead }.map { ($0.plan.name, $0.wait()) }
    return report(victim, joiner, codes)
  }

  @discardableResult
  private func start(_ plan: GossipPlan.Node, _ number: Int) throws(CommandError) -> GossipDemoNode {
    let node = try GossipDemoNode(plan, number: number, topic: Self.topic, loop)
    nodes.append(node)
    try look()
    return node
  }

  /// Takes what has come, and waits for more for a moment.
  private func turn(_ time: Nanos = .ms(50)) throws(CommandError) {
    loop.turn(until: loop.now + time) { event in
      guard case .connection(let id) = event.source else { return }
      nodes.first { $0.id == id }?.handle(event)
    }
    try look()
  }

  private func look() throws(CommandError) {
    if let signal = signals.take(), signal != .hangup { throw CommandError("the demo was ended by a signal") }
    let now = loop.now
    for node in nodes where !node.isDead {
      try node.take(
        { payload in
          let number = payload.count < 8 ? nil : Int(exactly: payload.span.bigEndianWord(at: 0))
          let isRight = number.map { messages.indices.contains($0) && messages[$0] == payload } ?? false
          tally.came(isRight ? number : nil, to: node.number, now)
        }, taken: { tally.taken($0) })
    }
    let percent = tally.delivered * 100 / (messages.count * count)
    if percent != shown {
      shown = percent
      Terminal.progress("demo: \(tally.sent) of \(messages.count) messages published, \(tally.delivered) deliveries")
    }
  }

  /// Waits until these nodes know all that are there.
  private func settle(_ some: [GossipDemoNode], _ sentence: String) throws(CommandError) {
    let end = loop.now + Self.settling
    var late = some
    while !late.isEmpty {
      guard loop.now < end else { throw CommandError(sentence) }
      for node in late { node.askForMembers() }
      while !late.allSatisfy({ $0.alive != nil }) {
        guard loop.now < end else { throw CommandError(sentence) }
        try turn()
      }
      let there = nodes.count { !$0.isDead }
      late.removeAll { ($0.alive ?? 0) >= there && $0.hasNeighbour }
      if !late.isEmpty { sleepMS(50) }
    }
  }

  /// Publishes messages at all nodes in turn, up to this one.
  private func publish(until end: Int) throws(CommandError) {
    var place = 0
    while tally.sent < end {
      let free = nodes.filter { !$0.isDead && $0.number < count && $0.load < Self.window }
      guard !free.isEmpty else {
        try turn()
        continue
      }
      let node = free[place % free.count]
      place += 1
      let number = tally.sent(to: node.number, loop.now)
      node.publish(number, messages[number], topic: Self.topic)
      try turn(.zero)
    }
  }

  private func waitForAll() throws(CommandError) {
    var (before, news) = (-1, loop.now)
    while nodes.contains(where: { !$0.isDead && !$0.isIdle }) || tally.rows.contains(where: { $0.missing > 0 }) {
      if tally.delivered != before { (before, news) = (tally.delivered, loop.now) }
      guard loop.now - news < Self.patience else { return }
      try turn(.ms(100))
    }
    // What comes twice may come a little later.
    let end = loop.now + .ms(500)
    while loop.now < end { try turn() }
  }

  /// Waits until the others know that the node which was killed is gone.
  private func lookForTheDead(_ victim: GossipDemoNode) throws(CommandError) {
    let end = loop.now + Self.patience
    let others = nodes.filter { !$0.isDead }
    while loop.now < end, noticed < others.count {
      for node in others { node.askForMembers() }
      while loop.now < end, !others.allSatisfy({ $0.alive != nil }) { try turn() }
      noticed = others.count { node in ["dead", "left", nil].contains(node.status(of: victim.plan.address)) }
      if noticed < others.count { sleepMS(50) }
    }
  }

  // MARK: The end

  private func note(_ line: String) {
    Terminal.endProgress()
    Terminal.note("demo: \(line)")
  }

  private func report(
    _ victim: GossipDemoNode, _ joiner: GossipDemoNode, _ codes: [(name: String, code: Int32?)]
  ) -> Int32 {
    let rows = tally.rows
    let (missing, duplicates) = rows.reduce((0, 0)) { ($0.0 + $1.missing, $0.1 + $1.duplicates) }
    var faults: [String] = []
    if missing > 0 { faults.append("\(missing) times a node did not get a message") }
    if duplicates > 0 { faults.append("\(duplicates) times a node got a message twice") }
    if tally.wrong > 0 { faults.append("\(tally.wrong) messages are not what was published") }
    if noticed < codes.count {
      faults.append("\(codes.count - noticed) nodes have not noticed the death of \(victim.plan.name)")
    }
    for (name, code) in codes where code != 0 {
      faults.append("\(name) " + (code.map { "ended with code \($0)" } ?? "did not stop and was ended by force"))
    }
    if isJSON {
      Terminal.out(json(rows, victim, joiner, faults).line)
    } else {
      show(rows, victim, joiner)
    }
    for fault in faults { note("FAULT: \(fault)") }
    if faults.isEmpty { note("every message came to every node that was there, once") }
    return faults.isEmpty ? 0 : 1
  }

  private func show(_ rows: [GossipTally.Row], _ victim: GossipDemoNode, _ joiner: GossipDemoNode) {
    let lines = nodes.map { node in
      let row = rows[node.number]
      let note = node === victim ? "killed" : node === joiner ? "joined" : ""
      return [node.plan.name]
        + [row.published, row.delivered, row.expected, row.missing, row.duplicates].map(String.init) + [note]
    }
    Terminal.out(
      Terminal.table(["node", "published", "delivered", "expected", "missing", "duplicates", ""], lines))
    Terminal.out("")
    Terminal.out(
      "\(tally.published) messages, \(tally.delivered) deliveries in \(JSON.rounded(seconds)) s; from publishing to delivery "
        + "\(JSON.rounded(tally.percentile(50))) ms (half), \(JSON.rounded(tally.percentile(99))) ms (99 of 100)")
    if tally.lostWithNode > 0 {
      Terminal.out("\(tally.lostWithNode) messages were gone with \(victim.plan.name) before anybody else had them")
    }
  }

  private func json(
    _ rows: [GossipTally.Row], _ victim: GossipDemoNode, _ joiner: GossipDemoNode, _ faults: [String]
  ) -> JSON {
    func sum(_ field: KeyPath<GossipTally.Row, Int>) -> JSON { .int(rows.reduce(0) { $0 + $1[keyPath: field] }) }
    return .object([
      ("nodes", .int(count)), ("messages", .int(messages.count)), ("published", .int(tally.published)),
      ("delivered", .int(tally.delivered)), ("expected", sum(\.expected)), ("missing", sum(\.missing)),
      ("duplicates", sum(\.duplicates)), ("wrong", .int(tally.wrong)), ("killed", .text(victim.plan.name)),
      ("lost_with_killed", .int(tally.lostWithNode)), ("noticed_by", .int(noticed)),
      ("joined", .text(joiner.plan.name)),
      ("seconds", .double(seconds)),
      ("deliveries_per_second", .double(seconds > 0 ? Double(tally.delivered) / seconds : 0)),
      ("latency_ms", .object([("p50", .double(tally.percentile(50))), ("p99", .double(tally.percentile(99)))])),
      ("ok", .bool(faults.isEmpty)), ("faults", .list(faults.map { .text($0) })),
    ])
  }
}
