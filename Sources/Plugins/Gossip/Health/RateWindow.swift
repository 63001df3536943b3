import MixNet
import Synchronization

/// What came in the last ten seconds, of eight kinds: ten parts of one second each, which are used in turn.
///
/// One thread adds, any may read. A part is one word, the second that it is of and what came in it, so that nobody
/// reads the one without the other.
final class RateWindow: Sendable {
  private static let (kinds, parts) = (8, 10)
  private static let second: UInt64 = 1_000_000_000
  /// The bits of a part's count: 68 thousand millions, at which it stays. The others are the second's, and last for
  /// eight years before an old part could be taken for a new one.
  private static let countBits: UInt64 = 36
  private static let countMax: UInt64 = 1 << countBits - 1

  private let cells: InlineArray<80, Atomic<UInt64>>
  private let began: Instant

  init(began: Instant) {
    cells = InlineArray { _ in Atomic(0) }
    self.began = began
  }

  private static func place(_ kind: Int, _ second: UInt64) -> Int { kind * parts + Int(second % UInt64(parts)) }

  /// Seconds are counted from 1: a part that was never used is of none.
  private func number(_ now: Instant) -> UInt64 { (now - began).ns / Self.second + 1 }

  /// What came in a second, as far as its part says.
  private static func count(_ cell: UInt64, of second: UInt64) -> UInt64 {
    cell >> countBits == second & (1 << (64 - countBits) - 1) ? cell & countMax : 0
  }

  func add(_ count: UInt64, to kind: Int, _ now: Instant) {
    let second = number(now)
    let place = Self.place(kind, second)
    let before = Self.count(cells[place].load(ordering: .relaxed), of: second)
    let now = before + min(count, Self.countMax - before)
    cells[place].store(second << Self.countBits | now, ordering: .relaxed)
  }

  /// How many came a second: over this second so far and the nine before it, or since the begin.
  func rate(_ kind: Int, _ now: Instant) -> Double {
    let last = number(now)
    let first = last - min(last - 1, UInt64(Self.parts - 1))
    var count: UInt64 = 0
    for second in first...last {
      count += Self.count(cells[Self.place(kind, second)].load(ordering: .relaxed), of: second)
    }
    let passed = (now - began).ns
    let span = passed - min(passed, (first - 1) * Self.second)
    return Double(count) * 1e9 / Double(max(span, Self.second))
  }
}
