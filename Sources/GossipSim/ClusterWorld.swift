package import Gossip
package import MixNet

/// Thousands of gossip nodes in one thread, each the core that a node's stages have, joined by links with latencies and by datagrams. Virtual
/// time; the same settings and seed give the same events.
///
/// Links carry whole frames in order: what TCP does below that is for the whole nodes' simulation. A node's own work takes no time.
package final class ClusterWorld {
  package struct Settings: Sendable {
    package var seed: UInt64 = 1
    /// One way, the same for a pair of nodes always.
    package var latency: ClosedRange<Nanos> = .ms(10)...Nanos.ms(50)
    /// Of a thousand datagrams, and of a thousand frames that carry messages or speak of them, so many vanish. Links are set up
    /// and views are kept over what does not lose anything.
    package var lossPerMille: UInt64 = 0
    package init() {}
  }

  private enum Event {
    case start(Int)
    case wake(Int)
    case arrive(from: Int, to: Int, dial: UInt64)
    case dialled(Int, dial: UInt64, link: LinkNumber)
    case dialFailed(Int, dial: UInt64)
    case frame(Int, LinkNumber, [UInt8])
    case down(Int, LinkNumber, isBroken: Bool)
    case datagram(Int, [UInt8])
    case task(Int)
  }

  package let settings: Settings
  package private(set) var now = Instant(ns: 1_000_000_000)
  package private(set) var nodes: [ClusterNode] = []
  private var places: [Address: Int] = [:]
  private var numbers: [Bytes32: Int] = [:]
  private var links: [LinkNumber: ClusterLink] = [:]
  private var linksMade: LinkNumber = 0
  private var queue = EventQueue<(life: Int, event: Event)>()
  private var random: RandomStream
  private var tasks: [((ClusterWorld) -> Void)?] = []
  private var effects: [GossipEffect] = []
  /// What has happened, as a number: another order or another byte gives another.
  package private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
  package private(set) var happened = 0
  package private(set) var frames = 0
  package private(set) var datagrams = 0

  /// Called for each message that comes to a node's application, its own ones with them.
  package var delivered: (ClusterNode, GossipMessage) -> Void = { _, _ in }
  /// Called for each frame with a message that comes to a node.
  package var carried: (ClusterNode, _ frame: Span<UInt8>) -> Void = { _, _ in }
  /// Whether a datagram from one node to another vanishes, beside those that do by chance.
  package var loses: (_ from: Int, _ to: Int, _ datagram: Span<UInt8>) -> Bool = { _, _, _ in false }
  /// Called for what a node finds of members and neighbours, and for what it finds others guilty of.
  package var found: (ClusterNode, MemberEvent, NodeRecord) -> Void = { _, _, _ in }
  package var blamed: (ClusterNode, GossipOffence, Bytes32) -> Void = { _, _, _ in }

  package init(_ settings: Settings) {
    self.settings = settings
    random = RandomStream(seed: Seed(settings.seed).derived("world"))
  }

  package var wall: WallTime { WallTime(ns: 1_700_000_000_000_000_000 + Int64(clamping: now.ns)) }

  // MARK: Nodes

  /// Adds a node that starts after a while; nil when it cannot be made.
  @discardableResult package func add(
    _ settings: GossipSettings, netgroup: Int? = nil, key: Bytes32 = Bytes32([7]), dictionaries: [[UInt8]] = [],
    after: Nanos = .zero
  ) -> ClusterNode? {
    let number = nodes.count
    let seed = Seed(self.settings.seed).derived("node", UInt64(number))
    let id = Bytes32(Array("node \(number)".utf8).map { $0 } + [UInt8](repeating: UInt8(number & 255), count: 8))
    let address = Self.address(number, group: netgroup ?? number)
    let hashed = GossipHeader.content(of: id.array.span)
    guard let record = NodeRecord(id: hashed, address: address, incarnation: 0),
      let core = GossipCore(
        record, Membership(id: hashed, ring: Keyring(key)), settings, dictionaries: dictionaries, seed: seed)
    else { return nil }
    return add(core, after: after)
  }

  /// Adds a node with this core, which nothing was told yet.
  @discardableResult package func add(_ core: consuming GossipCore, after: Nanos = .zero) -> ClusterNode {
    let (number, record) = (nodes.count, core.own)
    let node = ClusterNode(number, record, core)
    nodes.append(node)
    places[record.address] = number
    numbers[record.id] = number
    push(now + after, node, .start(number))
    return node
  }

  /// Where the node with a number is reached: each in a netgroup of its own, unless it is said otherwise.
  package static func address(_ number: Int, group: Int) -> Address {
    let group = UInt32(truncatingIfNeeded: group)
    let word = (10 + group >> 16) << 24 | (group & 0xffff) << 8 | UInt32(number % 250 + 1)
    return .ipv4(InlineBytes4(word: word), port: UInt16(1_000 + number / 250))
  }

  package func node(named id: Bytes32) -> ClusterNode? { numbers[id].map { nodes[$0] } }
  package func node(at address: Address) -> ClusterNode? { places[address].map { nodes[$0] } }
  package var live: [ClusterNode] { nodes.filter(\.isUp) }

  /// Does something with a node's core, and carries out what follows.
  package func act(_ node: ClusterNode, _ body: (inout GossipCore, Instant, inout [GossipEffect]) -> Void) {
    var list = effects
    effects = []
    body(&node.core, now, &list)
    var place = 0
    while place < list.count {
      carryOut(list[place], node, &list)
      place += 1
    }
    list.removeAll(keepingCapacity: true)
    effects = list
    let next = node.core.next
    if next < node.wakes {
      node.wakes = next
      push(max(next, now, node.stalledUntil), node, .wake(node.number))
    }
  }

  /// The process ends at once; the system closes its links.
  package func crash(_ node: ClusterNode) {
    guard node.isUp else { return }
    (node.isUp, node.life, node.wakes) = (false, node.life + 1, .never)
    for number in node.links { breakLink(number, by: node.number, isBroken: true) }
    node.links = []
  }

  /// Nothing that comes is read for a while, and no timer fires; links stay.
  package func stall(_ node: ClusterNode, for time: Nanos) { node.stalledUntil = now + time }

  /// Says goodbye and ends.
  package func leave(_ node: ClusterNode) {
    let wall = wall
    act(node) { $0.leave(now: $1, wall: wall, &$2) }
    (node.isUp, node.life, node.wakes) = (false, node.life + 1, .never)
  }

  // MARK: Time

  package func at(_ time: Instant, _ task: @escaping (ClusterWorld) -> Void) {
    tasks.append(task)
    queue.push(max(time, now), (0, .task(tasks.count - 1)))
  }

  package func run(for time: Nanos) { run(until: now + time) }

  package func run(until end: Instant) {
    while let (time, next) = queue.pop(until: end) {
      now = time
      happened += 1
      take(next.event, next.life)
    }
    now = max(now, end)
  }

  private func push(_ time: Instant, _ node: ClusterNode, _ event: Event) { queue.push(time, (node.life, event)) }

  private func take(_ event: Event, _ life: Int) {
    switch event {
    case .task(let number):
      let task = tasks[number]
      tasks[number] = nil
      task?(self)
    case .start(let number): start(nodes[number])
    case .wake(let number): to(number, life, event) { wake($0) }
    case .arrive(let from, let to, let dial): arrive(from, to, dial)
    case .dialled(let number, let dial, let link):
      to(number, life, event) { node in
        guard links[link] != nil else { return act(node) { $0.dialFailed(dial, now: $1, &$2) } }
        act(node) { $0.dialled(dial, link: link, now: $1, &$2) }
      }
    case .dialFailed(let number, let dial):
      to(number, life, event) { node in act(node) { $0.dialFailed(dial, now: $1, &$2) } }
    case .frame(let number, let link, let bytes): to(number, life, event) { frame(bytes, link, $0) }
    case .down(let number, let link, let isBroken):
      to(number, life, event) { node in act(node) { $0.linkWent(link, isBroken: isBroken, now: $1, &$2) } }
    case .datagram(let number, let bytes):
      to(number, life, event) { node in
        if GossipCore.carriesMessage(bytes.span) { return frame(bytes, GossipCore.noLink, node) }
        note(number, bytes.count)
        act(node) { $0.received(datagram: bytes.span, now: $1, &$2) }
      }
    }
  }

  /// Does it now, unless the node is gone; once it goes on again, if it stands still.
  private func to(_ number: Int, _ life: Int, _ event: Event, _ body: (ClusterNode) -> Void) {
    let node = nodes[number]
    guard node.isUp, node.life == life else { return }
    if node.stalledUntil > now { return push(node.stalledUntil, node, event) }
    body(node)
  }

  private func start(_ node: ClusterNode) {
    node.isUp = true
    let epoch = UInt64(wall.ns / 1_000_000)
    act(node) { $0.start(epoch: epoch, now: $1, &$2) }
  }

  private func wake(_ node: ClusterNode) {
    // There is a later one when this one is old.
    guard node.wakes <= now else { return }
    node.wakes = .never
    let wall = wall
    act(node) { $0.tick(now: $1, wall: wall, &$2) }
  }

  private func frame(_ bytes: [UInt8], _ link: LinkNumber, _ node: ClusterNode) {
    note(node.number, bytes.count)
    if bytes.first == LinkFrame.Kind.message.rawValue { carried(node, bytes.span) }
    let wall = wall
    act(node) { _ = $0.receive(bytes.span, on: link, now: $1, wall: wall, &$2) }
  }

  private func note(_ node: Int, _ size: Int) {
    for word in [now.ns, UInt64(node), UInt64(size)] { digest = (digest ^ word) &* 0x0000_0100_0000_01b3 }
  }

  // MARK: What nodes want

  private func carryOut(_ effect: GossipEffect, _ node: ClusterNode, _ effects: inout [GossipEffect]) {
    switch effect {
    case .dial(let address, _, let dial):
      guard let other = places[address] else { return push(now + .ms(20), node, .dialFailed(node.number, dial: dial)) }
      push(now + latency(node.number, other), node, .arrive(from: node.number, to: other, dial: dial))
    case .close(let link): breakLink(link, by: node.number, isBroken: false)
    case .pending(let link): pump(link, node, &effects)
    case .datagram(let bytes, let addresses):
      for address in addresses {
        guard let other = places[address], random.below(1_000) >= settings.lossPerMille,
          !loses(node.number, other, bytes.span)
        else { continue }
        datagrams += 1
        push(now + latency(node.number, other), nodes[other], .datagram(other, bytes))
      }
    case .deliver(let message): delivered(node, message)
    case .member(let event, let record): found(node, event, record)
    case .offence(let offence, let id): blamed(node, offence, id)
    case .incarnation, .met, .served, .slow, .namesake: break
    }
  }

  private func arrive(_ from: Int, _ to: Int, _ dial: UInt64) {
    let (node, other) = (nodes[from], nodes[to])
    let back = now + latency(from, to)
    guard other.isUp else { return push(back, node, .dialFailed(from, dial: dial)) }
    linksMade += 1
    let link = linksMade
    links[link] = ClusterLink(number: link, dialler: from, other: to, latency: latency(from, to))
    node.links.append(link)
    other.links.append(link)
    push(back, node, .dialled(from, dial: dial, link: link))
    act(other) { $0.linkCame(link, now: $1, &$2) }
  }

  private func pump(_ link: LinkNumber, _ node: ClusterNode, _ effects: inout [GossipEffect]) {
    while let frame = node.core.nextFrame(on: link, now: now, &effects) {
      var bytes = [UInt8](repeating: 0, count: frame.size)
      var span = bytes.mutableSpan
      node.core.write(frame, into: &span)
      guard var line = links[link], node.withholds?(bytes.span) != true else { continue }
      let isLossy = bytes[0] == LinkFrame.Kind.message.rawValue || bytes[0] == LinkFrame.Kind.tree.rawValue
      if isLossy, random.below(1_000) < settings.lossPerMille { continue }
      let far = line.far(from: node.number)
      frames += 1
      push(line.arrival(at: far, now: now), nodes[far], .frame(far, link, bytes))
      links[link] = line
    }
  }

  private func breakLink(_ number: LinkNumber, by node: Int, isBroken: Bool) {
    guard var link = links.removeValue(forKey: number) else { return }
    let far = link.far(from: node)
    for end in [node, far] { nodes[end].links.removeAll { $0 == number } }
    push(link.arrival(at: far, now: now), nodes[far], .down(far, number, isBroken: isBroken))
  }

  /// One way, and the same for two nodes always.
  package func latency(_ a: Int, _ b: Int) -> Nanos {
    let span = settings.latency.upperBound.ns - settings.latency.lowerBound.ns
    var word = settings.seed &+ UInt64(min(a, b)) << 32 | UInt64(max(a, b))
    // A mixing function (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    word ^= word >> 31
    return settings.latency.lowerBound + Nanos(span == 0 ? 0 : word % span)
  }
}
