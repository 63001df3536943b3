import MixNet
import SimNet

/// Counts the frames with packets that each host has written for each other one, and those that the other has read.
///
/// It looks at the streams themselves and knows nothing of the nodes' counters, so that the two can be held against each
/// other. A frame counts with its last byte.
final class FrameMeter: StreamMeter {
  /// One direction between two hosts.
  struct Pair: Sendable {
    let from: UInt32
    let to: UInt32
    var written = 0
    var read = 0
  }

  /// What one host has written to all others, and read from them.
  struct Totals: Sendable, Equatable {
    var written = 0
    var read = 0

    static func - (one: Totals, other: Totals) -> Totals {
      Totals(written: one.written - other.written, read: one.read - other.read)
    }
  }

  private struct Way {
    var number = UInt64.max
    var pair = 0
    var isForClients = false
    var written = FrameScanner()
    var read = FrameScanner()
    /// The number of the last frame in the order in which its host has decided.
    var last: UInt64 = 0
  }

  private let order: FrameOrder?
  private var ways: [Way] = []
  private(set) var pairs: [Pair] = []
  private var places: [UInt64: Int] = [:]
  private let clientPort: UInt16
  /// Looks on at the streams of conversations, which carry no packets of the mix.
  private let talks: TalkMeter?

  /// A meter of streams to these ports; frames between nodes are told to `order`, if there is one, and bytes of conversations to
  /// `talks`.
  init(clientPort: UInt16, order: FrameOrder? = nil, talks: TalkMeter? = nil) {
    (self.clientPort, self.order, self.talks) = (clientPort, order, talks)
  }

  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
    if let talks, passage.port == TalkPlan.port { return unsafe talks.moved(bytes, passage) }
    let place = 2 * passage.place + passage.side
    while ways.count <= place { ways.append(Way()) }
    if ways[place].number != passage.number { ways[place] = begin(passage) }
    let isForClients = ways[place].isForClients
    let frames: Int
    if passage.isWritten {
      var last = ways[place].last
      frames = unsafe ways[place].written.scan(bytes, isForClients) { word, _ in
        guard let order, !isForClients else { return }
        last = order.left(word, after: last, from: passage.from, to: passage.to)
      }
      ways[place].last = last
    } else {
      frames = unsafe ways[place].read.scan(bytes, isForClients) { _, _ in }
    }
    guard frames > 0 else { return }
    if passage.isWritten { pairs[ways[place].pair].written += frames } else { pairs[ways[place].pair].read += frames }
  }

  private func begin(_ passage: StreamPassage) -> Way {
    var way = Way()
    way.number = passage.number
    way.isForClients = passage.port == clientPort
    let key = UInt64(passage.from) << 32 | UInt64(passage.to)
    if let known = places[key] {
      way.pair = known
    } else {
      way.pair = pairs.count
      places[key] = pairs.count
      pairs.append(Pair(from: passage.from, to: passage.to))
    }
    return way
  }

  /// What a host, by its number, has written and read so far.
  func totals(of host: UInt32) -> Totals {
    var totals = Totals()
    for pair in pairs {
      if pair.from == host { totals.written += pair.written }
      if pair.to == host { totals.read += pair.read }
    }
    return totals
  }
}
