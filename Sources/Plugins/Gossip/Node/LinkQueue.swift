import MixNet

/// A message that waits for its turn on a link.
struct QueuedMessage: Sendable {
  let id: Bytes16
  let hop: UInt8
  let flags: LinkFrame.Flags
  let size: Int
  let since: Instant
  /// This node's own message: it may wait longer.
  let isOwn: Bool
}

/// What waits for one link: first what keeps the network together, then messages by their priority, eight parts critical ones, four
/// normal, one bulk. Messages are named, not kept: their bytes are in the cache.
struct LinkQueue: Sendable {
  enum Next: Sendable {
    case control([UInt8])
    case message(QueuedMessage)
  }

  private var control = Fifo<[UInt8]>()
  /// One for each priority.
  private var classes = InlineArray<3, Fifo<QueuedMessage>>(repeating: Fifo())
  /// What each class may still send in this round, in bytes.
  private var credit = InlineArray<3, Int>(repeating: 0)
  private(set) var controlBytes = 0
  /// Bytes of messages that wait.
  private(set) var bytes = 0

  /// What a class gets in each round: no less than a large frame, so that every round sends something.
  private static let shares: InlineArray<3, Int> = [8 << 15, 4 << 15, 1 << 15]

  var isEmpty: Bool { control.isEmpty && bytes == 0 }

  /// False when so much waits already that the other side must have stopped reading.
  mutating func add(control frame: [UInt8], max: Int) -> Bool {
    guard controlBytes + frame.count <= max || control.isEmpty else { return false }
    control.append(frame)
    controlBytes += frame.count
    return true
  }

  /// Nothing goes any more but what keeps the network together.
  mutating func dropMessages() {
    for place in classes.indices { classes[place] = Fifo() }
    bytes = 0
  }

  /// False when there is no room.
  mutating func add(_ message: QueuedMessage, _ priority: GossipHeader.Priority, max: Int) -> Bool {
    guard bytes + message.size <= max || bytes == 0 else { return false }
    classes[Int(priority.rawValue)].append(message)
    bytes += message.size
    return true
  }

  /// What goes next. `isLate`: messages that have waited for too long are taken out and appended to `late`.
  mutating func next(late: inout [QueuedMessage], isLate: (QueuedMessage) -> Bool) -> Next? {
    if let frame = control.popFirst() {
      controlBytes -= frame.count
      return .control(frame)
    }
    for place in classes.indices {
      while let first = classes[place].first, isLate(first) {
        late.append(first)
        take(place)
      }
    }
    guard let waiting = firstWaiting else { return nil }
    // In the second round every class that waits has credit for one frame at least.
    for _ in 0..<2 {
      for place in classes.indices {
        guard let first = classes[place].first, credit[place] >= first.size else { continue }
        credit[place] -= first.size
        take(place)
        return .message(first)
      }
      for place in classes.indices { credit[place] = classes[place].isEmpty ? 0 : credit[place] + Self.shares[place] }
    }
    // A frame larger than a share.
    guard let first = classes[waiting].first else { return nil }
    take(waiting)
    return .message(first)
  }

  private var firstWaiting: Int? { classes.indices.first { !classes[$0].isEmpty } }

  private mutating func take(_ place: Int) {
    if let message = classes[place].popFirst() { bytes -= message.size }
  }

  /// Since when the oldest message waits.
  var oldest: Instant { classes.indices.reduce(.never) { min($0, classes[$1].first?.since ?? .never) } }
}

/// First in, first out.
struct Fifo<Element: Sendable>: Sendable {
  private var items: [Element?] = []
  private var head = 0

  var isEmpty: Bool { head == items.count }
  var count: Int { items.count - head }
  var first: Element? { isEmpty ? nil : items[head] }

  mutating func append(_ item: Element) { items.append(item) }

  mutating func popFirst() -> Element? {
    guard !isEmpty, let item = items[head] else { return nil }
    items[head] = nil
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: items.capacity <= 1_024)
      head = 0
    } else if head >= 64, head * 2 >= items.count {
      items.removeFirst(head)
      head = 0
    }
    return item
  }
}
