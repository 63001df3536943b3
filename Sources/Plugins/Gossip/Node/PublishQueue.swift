import MixNet

/// What is to be published and waits: for its time, or until neighbours have room. The earliest goes first; of those with one time the one that
/// came first.
struct PublishQueue: Sendable {
  struct Item: Sendable {
    let payload: [UInt8]
    let topic: UInt64
    let priority: GossipHeader.Priority
    let form: GossipHeader.Form
    let sequence: UInt64
    let due: Instant
  }

  private var items = Fifo<Item>()
  /// Those with a time of their own, by it.
  private var timed: [Item] = []
  private(set) var bytes = 0

  var isEmpty: Bool { items.isEmpty && timed.isEmpty }
  /// When the next one is due that waits for its time.
  var next: Instant { timed.first?.due ?? .never }

  /// The bytes of what is taken next.
  var sizeOfNext: Int? { (items.first ?? timed.first)?.payload.count }

  /// Whether there is something to take.
  func has(_ now: Instant) -> Bool { !items.isEmpty || next <= now }

  mutating func add(_ item: Item, now: Instant) {
    bytes += item.payload.count
    guard item.due > now else { return items.append(item) }
    let place = timed.firstIndex { $0.due > item.due } ?? timed.count
    timed.insert(item, at: place)
  }

  mutating func take(_ now: Instant) -> Item? {
    var item = items.popFirst()
    if item == nil, let first = timed.first, first.due <= now { item = timed.removeFirst() }
    bytes -= item?.payload.count ?? 0
    return item
  }
}
