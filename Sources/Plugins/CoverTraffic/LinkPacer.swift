import MixHost
import MixNet

/// When something leaves on the links of a constant rate, and what: a state machine over places, without the packets. Whoever has
/// the packets keeps them in a list from which the last one moves into a gap, and takes out the places that ``leave()`` gives.
///
/// Each link has a tick of its own, one interval after the other, at whole milliseconds. At a tick the longest waiting packet
/// leaves, or else one is to be made. A tick that is late does not move those behind it, and what is missed in a long pause is not
/// made up for: one packet leaves, and the rhythm goes on.
struct LinkPacer: Sendable {
  struct Link: Sendable {
    /// Who is at the other end, and its place in the network's list.
    let node: Bytes32
    let place: Int
    /// The next tick.
    var next: Instant
  }

  /// What leaves at a tick.
  enum Tick: Equatable, Sendable {
    /// A packet that has waited; ``leave()`` gives it.
    case packet
    /// A loop that has waited, to be made now.
    case loop(CoverRoute)
    /// Nothing waits: a drop message, to be made now.
    case drop
  }

  enum Admission: Equatable, Sendable {
    /// The packet waits, and is at the place behind all others.
    case waits
    /// Too many wait already.
    case full
    /// There is no such link.
    case passes
  }

  /// Loops that wait at most.
  static let loopsMax = 64
  /// The queue of those that leave now; link `i` has queue `i + 1`.
  private static let leaving = 0

  private let interval: Nanos
  private let queueMax: Int
  private(set) var links: [Link] = []
  private var queues: PlaceQueues
  /// Loops that wait for a tick of their first link, the oldest first. They have no packets yet: these are made when they leave.
  private(set) var loops: [CoverRoute] = []
  /// The link to each node; for look-ups only.
  private var numbers: [Bytes32: Int] = [:]
  private(set) var counts = PacerCounts()

  /// No links yet; `interval` is a whole number of milliseconds. For each at most `queueMax` packets will wait, and `capacity` in all.
  init(interval: Nanos, queueMax: Int, capacity: Int) {
    self.interval = max(.ms(1), interval)
    self.queueMax = queueMax
    queues = PlaceQueues(1, capacity: capacity)
    loops.reserveCapacity(Self.loopsMax)
  }

  /// What it takes with room for so many packets, in bytes.
  static func memory(capacity: Int) -> Int { capacity * PlaceQueues.bytesPerPacket }

  /// Packets that wait or leave now.
  var count: Int { queues.count }
  /// Packets that leave now.
  var leavingCount: Int { queues.count(of: Self.leaving) }
  /// The first tick that comes; never without links.
  var next: Instant { links.reduce(.never) { min($0, $1.next) } }
  /// The number of the link to a node.
  func link(to node: Bytes32) -> Int? { links.isEmpty ? nil : numbers[node] }

  // MARK: Links

  /// The network has changed: the node at each place has the place in `places` now, or none. Loops by a node that is gone are given
  /// up before they have begun.
  mutating func renumber(_ places: [Int?]) { loops = loops.compactMap { $0.moved(to: places) } }

  /// Goes on with links to these nodes, new ones from `begin` on. Those that are there already keep their rhythm and what waits; what
  /// waits for others leaves at once.
  mutating func setLinks(_ nodes: [(node: Bytes32, place: Int)], from begin: Instant, _ random: inout RandomStream) {
    let old = links
    let oldNumbers = numbers
    (links, numbers) = ([], [:])
    for (node, place) in nodes where numbers[node] == nil {
      numbers[node] = links.count
      let next = oldNumbers[node].map { old[$0].next } ?? phase(from: begin, &random)
      links.append(Link(node: node, place: place, next: next))
    }
    loops.removeAll { loop in !links.contains { $0.place == loop[0] } }
    loops.reserveCapacity(Self.loopsMax)
    queues.rearrange(
      [Self.leaving] + old.map { link in numbers[link.node].map { $0 + 1 } ?? Self.leaving }, count: links.count + 1)
  }

  /// Everything that waits leaves now, and from now on packets pass.
  mutating func stop() {
    guard !links.isEmpty else { return }
    queues.rearrange([Int](repeating: Self.leaving, count: links.count + 1), count: 1)
    (links, numbers, loops) = ([], [:], [])
  }

  /// Some whole millisecond of the first interval: links, and nodes that were started together, do not tick at once.
  private func phase(from begin: Instant, _ random: inout RandomStream) -> Instant {
    let tick = Nanos.ms(1).ns
    let rest = begin.ns % tick
    let whole = rest == 0 ? begin : begin + Nanos(tick - rest)
    return whole + .ms(random.below(interval.ms))
  }

  /// What an operator wants to know.
  func status() -> [StatusField] {
    [
      StatusField("links", .int(links.count)), StatusField("link_real", .int(counts.packets)),
      StatusField("link_cover", .int(counts.cover)), StatusField("link_missed", .int(counts.missed)),
      StatusField("link_waiting", .int(count)), StatusField("unshaped", .int(counts.unshaped)),
    ]
  }

  // MARK: Packets

  /// A packet for a node has come.
  mutating func admit(for node: Bytes32) -> Admission {
    guard let link = link(to: node) else {
      counts.unshaped += 1
      return .passes
    }
    let isFull = queues.count(of: link + 1) >= queueMax || Probe.buggify("cover.queue_full", oneIn: 20)
    guard !isFull, queues.append(to: link + 1) else { return .full }
    return .waits
  }

  /// A packet goes on at once, link or none.
  mutating func pass() { counts.unshaped += 1 }

  /// A loop waits for a tick of its first link; false where too many do.
  mutating func awaitLoop(_ route: CoverRoute) -> Bool {
    guard loops.count < Self.loopsMax else { return false }
    loops.append(route)
    return true
  }

  /// What leaves on a link now; nil while its tick has not come. Loops go first: they are few, and whoever floods a link must not
  /// keep the node from finding out what becomes of its packets.
  mutating func tick(_ link: Int, _ now: Instant) -> Tick? {
    guard links[link].next <= now else { return nil }
    let missed = (now - links[link].next).ns / interval.ns
    links[link].next = links[link].next + interval * (missed + 1)
    counts.missed += Int(clamping: missed)
    Probe.sometimes("cover.tick_missed", missed > 0)
    if let loop = loops.firstIndex(where: { $0[0] == links[link].place }) { return .loop(loops.remove(at: loop)) }
    return otherwise(link)
  }

  /// What leaves at a tick that is for no loop.
  mutating func otherwise(_ link: Int) -> Tick {
    guard queues.moveFirst(of: link + 1, to: Self.leaving) else { return .drop }
    counts.packets += 1
    return .packet
  }

  /// What was to be made at a tick has left, or could not be made.
  mutating func made(_ isSent: Bool) {
    if isSent { counts.cover += 1 } else { counts.missed += 1 }
  }

  /// The place of the packet that leaves next, and from now on is no more; nil when none leaves.
  mutating func leave() -> Int? { queues.removeFirst(of: Self.leaving) }
}

/// What has happened on links of a constant rate.
struct PacerCounts: Equatable, Sendable {
  /// Ticks with a packet that had waited.
  var packets = 0
  /// Ticks with a packet that was made for them.
  var cover = 0
  /// Ticks with none: they came in a pause of the machine, or none could be made.
  var missed = 0
  /// Packets to nodes that went on at once.
  var unshaped = 0
}
