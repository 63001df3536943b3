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

/// What comes to some nodes, 64 at most: each message counted, checked and timed. One sheet for all nodes of a thread, so that what counts takes
/// little of what is counted.
final class GossipBenchSheet: Sendable {
  private struct State {
    /// For each message a bit for each node.
    var seen: [UInt64] = []
    var distinct = [Int](repeating: 0, count: 64)
    var doubled = 0
    var wrong = 0
    /// Messages from this number on are timed.
    var first = Int.max
    var latencies: [UInt32] = []
  }
  private let state = Mutex(State())

  func measure(from number: Int) { state.withLock { $0.first = number } }
  /// Messages that came to a node, each once.
  func distinct(at node: Int) -> Int { state.withLock { $0.distinct[node] } }
  func has(_ number: Int, at node: Int) -> Bool {
    state.withLock { number < $0.seen.count && $0.seen[number] & 1 << UInt64(node) != 0 }
  }
  var distinct: Int { state.withLock { $0.distinct.reduce(0, +) } }
  var doubled: Int { state.withLock { $0.doubled } }
  var wrong: Int { state.withLock { $0.wrong } }
  /// Microseconds from publishing, of what came from other nodes.
  var latencies: [UInt32] { state.withLock { $0.latencies } }

  func take(_ message: GossipMessage, at node: Int, now: Instant) {
    let read = GossipPayload.read(message.payload)
    state.withLock { state in
      guard let (number, time) = read else { return state.wrong += 1 }
      let bit = UInt64(1) << UInt64(node)
      while state.seen.count <= number { state.seen.append(0) }
      if state.seen[number] & bit != 0 { return state.doubled += 1 }
      state.seen[number] |= bit
      state.distinct[node] += 1
      if number >= state.first, message.hop > 0 { state.latencies.append(UInt32(clamping: (now - time).ns / 1_000)) }
    }
  }
}

/// Puts what comes to a node on a sheet.
final class GossipBenchReader: GossipReader {
  private let node: Int
  private let sheet: GossipBenchSheet
  private let clock = SystemClock()

  init(_ node: Int, _ sheet: GossipBenchSheet) { (self.node, self.sheet) = (node, sheet) }

  func take(_ message: GossipMessage) -> Bool {
    sheet.take(message, at: node, now: clock.now)
    return true
  }
}
