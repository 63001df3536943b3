import Gossip
import LinuxNet
import MixNet
import Synchronization

/// A payload that says its number and when it was published; all other bytes follow from the number.
enum GossipPayload {
  static func bytes(_ number: Int, at time: Instant, size: Int) -> [UInt8] {
    var bytes = Stamp.bytes(UInt64(number), size: size)
    var span = bytes.mutableSpan
    span.put(bigEndian: time.ns, at: 8)
    return bytes
  }

  /// Nil when a byte is wrong.
  static func read(_ bytes: [UInt8]) -> (number: Int, time: Instant)? {
    guard bytes.count >= 16, bytes.count % 8 == 0 else { return nil }
    let span = bytes.span
    let time = Instant(ns: span.bigEndianWord(at: 8))
    let number = UInt64(littleEndian: span.bigEndianWord(at: 0).byteSwapped)
    // Each word is held against what it should be, without a list of them: this is counted into the cost of a delivery.
    guard let place = Int(exactly: number), Stamp.holds(span, number, after: 16) else { return nil }
    return (place, time)
  }
}

/// What comes to one node: each message counted, checked and timed.
final class GossipBenchReader: GossipReader {
  private struct State {
    var seen: [UInt64] = []
    var distinct = 0
    var doubled = 0
    var wrong = 0
    /// Messages from this number on are timed.
    var first = Int.max
    var latencies: [UInt32] = []
  }
  private let state = Mutex(State())
  private let clock = SystemClock()

  func measure(from number: Int) { state.withLock { $0.first = number } }
  var distinct: Int { state.withLock { $0.distinct } }
  var doubled: Int { state.withLock { $0.doubled } }
  var wrong: Int { state.withLock { $0.wrong } }
  /// Microseconds from publishing, of what came from other nodes.
  var latencies: [UInt32] { state.withLock { $0.latencies } }

  func take(_ message: GossipMessage) -> Bool {
    let now = clock.now
    let read = GossipPayload.read(message.payload)
    state.withLock { state in
      guard let (number, time) = read else { return state.wrong += 1 }
      let (word, bit) = (number / 64, UInt64(1) << UInt64(number % 64))
      while state.seen.count <= word { state.seen.append(0) }
      if state.seen[word] & bit != 0 { return state.doubled += 1 }
      state.seen[word] |= bit
      state.distinct += 1
      if number >= state.first, message.hop > 0 { state.latencies.append(UInt32(clamping: (now - time).ns / 1_000)) }
    }
    return true
  }
}
