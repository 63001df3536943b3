import MixNet

/// A probe of this node's own.
struct Probe: Sendable {
  let number: UInt32
  let target: Bytes32
  let began: Instant
  /// When others are asked; never, once they were.
  var helpAt: Instant
  var end: Instant
  /// Began when a link broke.
  let isHinted: Bool
  /// Of one who is taken for dead.
  var isVisit = false
  var asked = 0
  var nacks = 0

  var next: Instant { min(helpAt, end) }

  mutating func postpone(_ time: Nanos) {
    helpAt = helpAt + time
    end = end + time
  }
}

/// A probe in another node's stead.
struct Errand: Sendable {
  let number: UInt32
  /// How who asked names it.
  let asked: UInt32
  let from: NodeRecord
  let due: Instant
}
