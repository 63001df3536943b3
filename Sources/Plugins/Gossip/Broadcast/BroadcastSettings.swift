package import MixNet

/// The bounds of a ``Broadcast``.
package struct BroadcastSettings: Sendable {
  package var tree = TreeSettings()
  package var watch = WatchSettings()
  /// Ids that are remembered, and for how long: a message's life, the clocks' difference, and the time in which it may be repaired.
  package var dedupMax = 1 << 20
  package var dedupKeep = Nanos.s(120)
  /// Messages with the same payload in one topic are one.
  package var byContent = false
  /// Messages that are kept for neighbours that ask.
  package var cacheBytes = 64 << 20
  package var cacheMessages = 1 << 16
  package var cacheKeep = Nanos.s(30)
  /// The longest life of a message, and how far clocks may differ, in milliseconds.
  package var lifeMaxMS: UInt64 = 60_000
  package var skewMS: UInt64 = 30_000
  /// A new neighbour is told of so many of the latest messages at once; comparisons find the rest.
  package var newcomerMax = 256
  /// Between two comparisons with a neighbour; a tenth more or less.
  package var repairInterval = Nanos.s(1)
  /// Younger messages are not compared: they may be on their way.
  package var repairAge = Nanos.s(1)
  /// Payloads from this size on are not sent to neighbours that say they have them, as long as they go to all.
  package var notWantedSize: UInt32 = 4_096
  /// Bytes that one comparison sends at most.
  package var repairBytes = 64 << 10

  package init() {}
}

/// Why a message goes no further here, for what it says of itself.
package enum MessageRefusal: String, Error, CaseIterable, Sendable {
  /// It has lived longer than it may.
  case expired
  /// It comes from a later time than any clock shows.
  case early
  /// It says a longer life than messages may have.
  case lifeTooLong
  /// Its number is older than those that its origin's messages are told apart by.
  case stale
}

/// What a ``Broadcast`` wants sent.
package enum BroadcastEffect: Hashable, Sendable {
  /// The kept message with this id, to these neighbours; it has passed `hop` links when it comes there.
  case message(Bytes16, to: Slots, hop: UInt8)
  /// The same, found by a comparison.
  case repair(Bytes16, to: Slot, hop: UInt8)
  case tell(TreeMessage, to: Slot)
}
