import MixNet

/// Why a worker's connections have ended, and its connects have failed: one count a reason.
///
/// A connection counts once, when it is of no use any more, and so does a connect that did not come to one. The worker alone
/// touches it; reports carry copies, and whoever reads the status adds these up.
struct LinkCloses: Sendable {
  /// By the reasons' raw values, which count from zero.
  private var counts = [Int](repeating: 0, count: CloseReason.allCases.count)

  mutating func add(_ reason: CloseReason) { counts[Int(reason.rawValue)] += 1 }

  mutating func add(_ other: LinkCloses) { for place in counts.indices { counts[place] += other.counts[place] } }

  /// What has happened, in the reasons' order.
  var named: [(reason: String, count: Int)] {
    zip(CloseReason.allCases, counts).filter { $1 > 0 }.map { ($0.name, $1) }
  }
}
