/// Takes turns between streams by bytes: each gets the same share of a link, whatever the sizes of their messages, and one
/// that has nothing to say saves nothing up. Source: M. Shreedhar, G. Varghese, "Efficient Fair Queueing using Deficit
/// Round Robin", 1995.
public struct DeficitRoundRobin: Sendable {
  private struct Entry: Sendable {
    let stream: UInt32
    var deficit: Int
  }

  /// Bytes that a stream gets each time that its turn comes.
  public let quantum: Int
  /// The streams with something to say; the first has the turn.
  private var ring: [Entry] = []
  private var turn = 0
  /// True when the one who has the turn has got its quantum.
  private var isPaid = false

  /// Nobody has anything to say.
  public init(quantum: Int = 4_096) { self.quantum = max(1, quantum) }

  /// Streams that have something to say.
  public var count: Int { ring.count }

  /// A stream has something to say.
  public mutating func add(_ stream: UInt32) {
    guard !ring.contains(where: { $0.stream == stream }) else { return }
    // Behind all others: just before the one who has the turn.
    ring.insert(Entry(stream: stream, deficit: 0), at: turn)
    if ring.count > 1 { turn += 1 }
  }

  /// A stream has nothing more to say.
  public mutating func remove(_ stream: UInt32) {
    guard let place = ring.firstIndex(where: { $0.stream == stream }) else { return }
    ring.remove(at: place)
    if place < turn {
      turn -= 1
    } else if place == turn {
      isPaid = false
    }
    if turn >= ring.count { turn = 0 }
  }

  /// The stream that may say its next message. `size` gives the size of a stream's next message, and nil for one that has
  /// nothing that it may say now: it leaves the round, and must be added again. Nil when nobody has anything to say.
  public mutating func next(_ size: (_ stream: UInt32) -> Int?) -> UInt32? {
    while !ring.isEmpty {
      let stream = ring[turn].stream
      guard let size = size(stream) else {
        remove(stream)
        continue
      }
      if !isPaid {
        ring[turn].deficit += quantum
        isPaid = true
      }
      // A message larger than all that was saved up waits for another turn; its turn comes after finitely many.
      if size <= ring[turn].deficit {
        ring[turn].deficit -= size
        return stream
      }
      isPaid = false
      turn = (turn + 1) % ring.count
    }
    return nil
  }
}
