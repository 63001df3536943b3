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

  /// How far a way of a stream is within its present frame: the four bytes of its length, its kind, the rest.
  private struct Progress {
    var head: UInt64 = 0
    var headCount = 0
    var rest = 0
    var isPacket = false
    /// The bytes of the body that have passed, and those of them that tell one packet from another.
    var passed = 0
    var word: UInt64 = 0
    /// A length that no frame has: what follows is no frames.
    var isLost = false
  }

  private struct Way {
    var number = UInt64.max
    var pair = 0
    var isForClients = false
    var written = Progress()
    var read = Progress()
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
      frames = unsafe Self.count(bytes, &ways[place].written, isForClients) { word in
        guard let order, !isForClients else { return }
        last = order.left(word, after: last, from: passage.from, to: passage.to)
      }
      ways[place].last = last
    } else {
      frames = unsafe Self.count(bytes, &ways[place].read, isForClients) { _ in }
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

  private static func isPacket(_ kind: UInt8, _ isForClients: Bool) -> Bool {
    guard isForClients else { return kind == FrameKind.data.rawValue }
    return kind == ClientProtocol.Kind.packet.rawValue || kind == ClientProtocol.Kind.message.rawValue
  }

  /// Goes on through a way's bytes; how many frames with packets have ended in them. `left` is told of each.
  private static func count(
    _ bytes: UnsafeRawBufferPointer, _ way: inout Progress, _ isForClients: Bool, _ left: (UInt64) -> Void
  ) -> Int {
    var (at, frames) = (0, 0)
    while at < bytes.count, !way.isLost {
      if way.headCount < 5 {
        way.head = way.head << 8 | UInt64(unsafe bytes[at])
        way.headCount += 1
        at += 1
        guard way.headCount == 5 || way.headCount == 4 && way.head == 0 else { continue }
        if way.headCount == 4 {
          way = Progress()
          continue
        }
        way.rest = Int(way.head >> 8) - 1
        way.isPacket = isPacket(UInt8(truncatingIfNeeded: way.head), isForClients)
        way.isLost = way.rest > 1 << 20
      } else {
        let step = min(way.rest, bytes.count - at)
        if way.isPacket, way.passed < FrameOrder.place.upperBound {
          for place in FrameOrder.place where way.passed <= place && place < way.passed + step {
            way.word = unsafe way.word << 8 | UInt64(bytes[at + place - way.passed])
          }
        }
        way.passed += step
        way.rest -= step
        at += step
      }
      if way.rest == 0, way.headCount == 5 {
        frames += way.isPacket ? 1 : 0
        if way.isPacket, way.passed >= FrameOrder.place.upperBound { left(way.word) }
        way = Progress()
      }
    }
    return frames
  }
}
