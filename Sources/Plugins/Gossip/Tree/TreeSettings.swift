package import MixNet

/// The times and bounds of a ``GossipTree``.
package struct TreeSettings: Sendable {
  /// Announcements wait so long for others to the same neighbour.
  package var announceDelay = Nanos.ms(5)
  /// So many go into one frame.
  package var announceMax = 32
  /// A message that was announced is asked for after this time, until it is known how late messages are.
  package var firstGraft = Nanos.ms(80)
  /// The bounds of that time afterwards.
  package var graftMin = Nanos.ms(20)
  package var graftMax = Nanos.ms(500)
  /// The least time to the next try; else it is 2.2 round trips.
  package var retryMin = Nanos.ms(40)
  /// Tries for one message; then it is left to anti-entropy.
  package var triesMax = 8
  /// Messages that are known from announcements alone; further ones are not taken note of.
  package var missingMax = 2_048
  /// Origins that are remembered.
  package var originsMax = 4_096

  package init() {}
}

/// What one neighbour tells of a message that it has.
package struct Announcement: Hashable, Sendable {
  package let id: Bytes16
  /// The message's origin, by its key.
  package let origin: UInt64
  /// How many links it had passed when it came to who announces it, and one.
  package let hop: UInt8

  package init(id: Bytes16, origin: UInt64, hop: UInt8) { (self.id, self.origin, self.hop) = (id, origin, hop) }
}

/// What a ``GossipTree`` wants done.
package enum TreeEffect: Hashable, Sendable {
  /// Send the message to these neighbours; it has passed `hop` links when it comes there.
  case push(Bytes16, to: Slots, hop: UInt8)
  /// Send what ``GossipTree/takeAnnouncements(of:)`` has for this neighbour.
  case announce(to: Slot)
  /// Tell the neighbour to send this message, and all later ones of its origin.
  case graft(Bytes16, origin: UInt64, to: Slot)
  /// Tell the neighbour to send no more messages of this origin, only announcements.
  case prune(origin: UInt64, to: Slot)
  /// Send the message again if it is still there, else tell the neighbour that it is not.
  case answer(Bytes16, to: Slot)
}
