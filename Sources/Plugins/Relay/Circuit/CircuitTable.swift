import MixHost
import MixNet

/// Which circuit of one side belongs to which circuit of the other: an entry's client to the id that the entry gave it, a
/// middle's incoming id to its own. A value without I/O.
///
/// A circuit is opened by the first request and ends with its client's link, or after a time without use. Ids are the
/// dialling node's own, 8 bytes, never used again.
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
    var used: Instant
    /// The neighbours in the list of the circuits of one link.
    var next: UInt64?
    var previous: UInt64?
  }

  private let capacity: Int
  private let idle: Nanos
  private var circuits: [UInt64: Circuit] = [:]
  private var ids: [Origin: UInt64] = [:]
  /// The newest circuit of each link; the others follow by ``Circuit/next``.
  private var newest: [LinkID: UInt64] = [:]
  private var lastID: UInt64
  /// Circuits by the time at which they may have become idle, oldest first.
  private var order: [(id: UInt64, looks: Instant)] = []
  private var orderStart = 0

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
    guard circuits.count < capacity else { return nil }
    lastID &+= 1
    let follower = newest[origin.link]
    circuits[lastID] = Circuit(origin: origin, used: now, next: follower)
    if let follower { circuits[follower]?.previous = lastID }
    newest[origin.link] = lastID
    ids[origin] = lastID
    order.append((lastID, now + idle))
    return lastID
  }

  /// Where an answer goes back to; nil when its circuit is no more.
  mutating func back(_ id: UInt64, now: Instant) -> Origin? {
    use(id, now)
  }

  /// Written back whole: changing a dictionary's value in place costs three allocations.
  private mutating func use(_ id: UInt64, _ now: Instant) -> Origin? {
    guard var circuit = circuits[id] else { return nil }
    circuit.used = now
    circuits[id] = circuit
    return circuit.origin
  }

  /// The link is gone, and its circuits with it.
  mutating func close(link: LinkID) {
    while let id = newest[link] { remove(id) }
  }

  /// Ends the circuits that were not used for too long.
  mutating func expire(_ now: Instant) {
    while orderStart < order.count, order[orderStart].looks <= now {
      let id = order[orderStart].id
      orderStart += 1
      guard let circuit = circuits[id] else { continue }
      if circuit.used + idle <= now {
        remove(id)
      } else {
        order.append((id, circuit.used + idle))
      }
    }
    if orderStart * 2 > order.count {
      order.removeFirst(orderStart)
      orderStart = 0
    }
  }

  /// When ``expire(_:)`` next has something to look at.
  var next: Instant { orderStart < order.count ? order[orderStart].looks : .never }

  private mutating func remove(_ id: UInt64) {
    guard let circuit = circuits.removeValue(forKey: id) else { return }
    ids[circuit.origin] = nil
    if let next = circuit.next { circuits[next]?.previous = circuit.previous }
    if let previous = circuit.previous {
      circuits[previous]?.next = circuit.next
    } else {
      newest[circuit.origin.link] = circuit.next
    }
  }
}
