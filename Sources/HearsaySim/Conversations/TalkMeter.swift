import MixNet
import SimNet

/// Sees which pairs of hosts have read other bytes on the streams of their conversations than were written there.
final class TalkMeter: StreamMeter {
  private struct Way {
    var number = UInt64.max
    /// What was written and not read yet.
    var waiting: [UInt8] = []
    var start = 0
  }

  private var ways: [Way] = []
  private var damaged: [(a: UInt32, b: UInt32)] = []

  func isDamaged(_ a: UInt32, _ b: UInt32) -> Bool {
    damaged.contains { $0.a == min(a, b) && $0.b == max(a, b) }
  }

  /// Pairs of which this is so.
  var count: Int { damaged.count }

  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
    let place = 2 * passage.place + passage.side
    while ways.count <= place { ways.append(Way()) }
    if ways[place].number != passage.number {
      ways[place] = Way()
      ways[place].number = passage.number
    }
    if passage.isWritten { return unsafe ways[place].waiting.append(contentsOf: bytes) }
    guard unsafe !isNext(bytes, ways[place]) else {
      ways[place].start += bytes.count
      if ways[place].start > 16_384 || ways[place].start == ways[place].waiting.count {
        ways[place].waiting.removeFirst(ways[place].start)
        ways[place].start = 0
      }
      return
    }
    if !isDamaged(passage.from, passage.to) {
      damaged.append((min(passage.from, passage.to), max(passage.from, passage.to)))
    }
    ways[place].start = min(ways[place].start + bytes.count, ways[place].waiting.count)
  }

  private func isNext(_ bytes: UnsafeRawBufferPointer, _ way: Way) -> Bool {
    guard way.start + bytes.count <= way.waiting.count else { return false }
    return unsafe bytes.elementsEqual(way.waiting[way.start..<way.start + bytes.count])
  }
}
