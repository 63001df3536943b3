import MixNet
import Synchronization

/// The order in which nodes have decided to send packets on, so that it can be held against the order in which frames leave
/// on each link. It is told by one who looks on at `next_hop` and by the meter at the streams, and asks no node.
final class FrameOrder: Sendable {
  private struct State {
    /// Which packet was the how manieth that a host sent on, by eight bytes of it that no other has.
    var numbers: [UInt64: UInt64] = [:]
    var last: UInt64 = 0
    var disorder: String?
  }
  private let state = Mutex(State())

  /// A host has decided to send a packet on.
  func decided(_ packet: Span<UInt8>) {
    let word = packet.bigEndianWord(at: FrameScanner.place.lowerBound)
    state.withLock { state in
      state.last += 1
      state.numbers[word] = state.last
    }
  }

  /// A frame with such a packet leaves on a link, behind the one of number `last`; gives its own number, or `last` for one that
  /// nobody has decided to send.
  func left(_ word: UInt64, after last: UInt64, from: UInt32, to: UInt32) -> UInt64 {
    state.withLock { state in
      guard let number = state.numbers.removeValue(forKey: word) else { return last }
      if number < last, state.disorder == nil {
        state.disorder = "host \(from) sent packet \(number) to host \(to) behind packet \(last), which it had after it"
      }
      return max(number, last)
    }
  }

  /// Packets that were to be sent on and have not left, nor will, if they were dropped.
  var open: Int { state.withLock { $0.numbers.count } }

  /// A packet that left behind a later one, once.
  func takeDisorder() -> String? { state.withLock { $0.disorder.take() } }
}
