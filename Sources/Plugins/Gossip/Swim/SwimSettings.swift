package import MixNet

/// The times and bounds of a ``Swim``.
package struct SwimSettings: Sendable {
  /// Whom a node watches.
  package enum Mode: Sendable {
    /// All nodes there are: each knows all.
    case everybody
    /// Only those it is told to (``Swim/watch(_:now:_:)``): for networks of many thousand nodes.
    case neighbours
  }
  package var mode = Mode.everybody
  /// One node is probed in each period: 250 ms in one place, 5 s over the world.
  package var period = Nanos.ms(250)
  /// Bounds of the time in which an answer has to come; it is three times what nearly all take.
  package var timeoutMin = Nanos.ms(50)
  package var timeoutMax = Nanos.ms(500)
  /// Nodes that are asked to probe in this node's stead.
  package var helpers = 3
  /// Each news is sent so many times ceil(log10(N + 1)).
  package var repeats = 4
  /// A suspicion's shortest time is so many periods times log10(N), its longest one six times that.
  package var suspicionPeriods: UInt64 = 4
  package var suspicionStretch: UInt64 = 6
  /// The doubts of this node about itself (Lifeguard): off only to compare.
  package var lifeguard = true
  package var doubtMax = 8
  /// A call that comes later than it was due by this means that this node was not running.
  package var lagMax = Nanos.ms(100)
  /// News go to so many at a time, a fifth of a period apart, as long as there are any.
  package var fanout = 3
  /// Dead nodes are told of it for so long: they may be alive.
  package var toldFor = Nanos.s(30)
  /// And one of the dead so often afterwards, so that the halves of a network find each other again.
  package var revisit = Nanos.s(30)
  /// The dead are remembered for so long, so that nobody brings them back by old news: 24 h, 1 h for neighbours.
  package var tombstone = Nanos.s(24 * 3_600)
  /// The whole list is compared with somebody's so often, up to 32 nodes; with more it is done less often.
  package var pullEvery = Nanos.s(30)
  package var pullTries = 5
  /// Nodes that are known at most, the dead with them.
  package var membersMax = 16_384

  package init() {}

  /// Settings for nodes all over the world.
  package static var wide: SwimSettings {
    var settings = SwimSettings()
    settings.period = .s(5)
    settings.timeoutMin = .ms(200)
    settings.timeoutMax = .s(2)
    settings.lagMax = .ms(500)
    return settings
  }
}

/// What a ``Swim`` wants done, and what it tells.
package enum SwimEffect: Hashable, Sendable {
  /// Send it there; the id is not known of an address that is only a seed.
  case send(SwimMessage, to: Bytes32?, at: Address)
  /// Keep this number for the next start.
  case incarnation(UInt64)
  /// A node that was not known.
  case joined(NodeRecord)
  /// It was suspected, dead or had left, and is there.
  case alive(NodeRecord)
  case suspect(NodeRecord)
  case dead(NodeRecord)
  /// It said goodbye.
  case left(NodeRecord)
  /// Another node goes by this one's name; said once.
  case namesake(NodeRecord)
}
