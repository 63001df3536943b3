import MixHost
import MixNet

/// Which circuit of one side belongs to which circuit of the other: an entry's client to the id that the entry gave it, a
/// middle's incoming id to its own. A value without I/O.
///
/// A circuit is opened by the first request and ends with its client's link, or after a time without use. Ids are the
/// dialling node's own, 8 bytes, never used again.
///
/// A link may have as many circuits as there is room for more: whoever opens circuits without end never takes the last.
struct CircuitTable {
  /// Where a circuit comes from: a link, and the id that the node at its other end gave it (zero for a client).
  struct Origin: Hashable {
    let link: LinkID
    let id: UInt64
    init(link: LinkID, id: UInt64) {
      self.link = link
      self.id = id
    }
  }

  private struct Circuit {
    let origin: Origin
    /// Its place among the circuits by age.
    let age: Int
    /// The neighbours in the list of the circuits of one link.
    var next: UInt64?
    var previous: UInt64?
  }

  /// The memory that a circuit takes, in bytes: its places in two tables and a list, and those that tables keep free.
  static let cost = 320

  private let capacity: Int
  private let idle: Nanos
  private var circuits: [UInt64: Circuit] = [:]
  private var ids: [Origin: UInt64] = [:]
  /// The newest circuit of each link; the others follow by ``Circuit/next``.
  private var newest: [LinkID: (id: UInt64, count: Int)] = [:]
  private var lastID: UInt64
  private var ages = AgeList<UInt64>()

  /// Room for `capacity` circuits. Ids count up from `firstID`, which a node draws at random so that it does not meet ids
  /// of its former life.
  init(capacity: Int, idle: Nanos, firstID: UInt64) {
    self.capacity = capacity
    self.idle = idle
    lastID = firstID
  }

  /// Circuits that are open.
  var count: Int { circuits.count }

  /// The id under which a request goes on; nil when there is no room for another circuit.
  mutating func forward(from origin: Origin, now: Instant) -> UInt64? {
    if let id = ids[origin] {
      _ = use(id, now)
      return id
    }
    if Probe.buggify("circuit.table_full", oneIn: 20) { return nil }
    let (follower, count) = newest[origin.link].map { ($0.id, $0.count) } ?? (nil, 0)
    guard count < capacity - circuits.count else { return nil }
    lastID &+= 1
    circuits[lastID] = Circuit(origin: origin, age: ages.add(lastID, now), next: follower)
    if let follower { circuits[follower]?.previous = lastID }
    newest[origin.link] = (lastID, count + 1)
    ids[origin] = lastID
    return lastID
  }

  /// Where an answer goes back to; nil when its circuit is no more.
  mutating func back(_ id: UInt64, now: Instant) -> Origin? {
    use(id, now)
  }

  private mutating func use(_ id: UInt64, _ now: Instant) -> Origin? {
    guard let circuit = circuits[id] else {
      Probe.reachable("circuit.answer_too_late")
      return nil
    }
    Probe.always("circuit.back_is_where_it_came_from", ids[circuit.origin] == id)
    ages.use(circuit.age, now)
    return circuit.origin
  }

  /// The link is gone, and its circuits with it.
  mutating func close(link: LinkID) {
    while let id = newest[link]?.id { remove(id) }
  }

  /// Ends the circuits that were not used for too long.
  mutating func expire(_ now: Instant) {
    while let oldest = ages.oldest, oldest.used + idle <= now {
      Probe.reachable("circuit.expired")
      remove(oldest.element)
    }
  }

  /// When ``expire(_:)`` next has something to look at.
  var next: Instant { ages.oldest.map { $0.used + idle } ?? .never }

  private mutating func remove(_ id: UInt64) {
    guard let circuit = circuits.removeValue(forKey: id) else { return }
    ages.remove(circuit.age)
    ids[circuit.origin] = nil
    let count = newest[circuit.origin.link]?.count ?? 1
    if let next = circuit.next { circuits[next]?.previous = circuit.previous }
    if let previous = circuit.previous {
      circuits[previous]?.next = circuit.next
    } else {
      newest[circuit.origin.link] = circuit.next.map { ($0, count) }
    }
    newest[circuit.origin.link]?.count = count - 1
  }
}
