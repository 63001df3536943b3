package import MixNet

/// How well a peer does.
package enum Health: UInt8, CaseIterable, Sendable {
  /// It answers; a check now and then may fail.
  case healthy = 0
  /// It answers seldom or slowly: others are to be preferred.
  case degraded = 1
  /// It does not answer: another one is to have its place.
  case unhealthy = 2
}

/// The times and bounds of a ``HealthBook``.
package struct HealthSettings: Sendable {
  /// A peer that has said nothing for so long is checked, or up to a quarter later, so that many are not checked at
  /// once.
  package var interval = Nanos.s(30)
  /// How long its answer may take; longer when this node doubts itself.
  package var timeout = Nanos.s(5)
  /// Checks failed in a row that make a peer degraded, and unhealthy. One alone is chance.
  package var degradedAfter = 2
  package var unhealthyAfter = 3
  /// Of the last eight checks so many failed ones make a peer degraded as well, though it answered in between.
  package var lossyAfter = 3
  /// So does an answer that takes so long, on average.
  package var slow = Nanos.s(2)
  /// Who has said nothing for so long is forgotten, connected or not.
  package var stale = Nanos.s(300)
  /// A call that comes later than it was due by this means that this node was not running.
  package var lagMax = Nanos.ms(100)
  /// Peers that are known at most, those with them that are not connected any more.
  package var peersMax = 1_024

  package init() {}
}

/// What a ``HealthBook`` wants done.
package enum HealthEffect: Hashable, Sendable {
  /// Send the peer this number over its link: ``HealthMessage/check(_:)``.
  case check(Bytes32, number: UInt32)
  /// The peer is unhealthy: its place in the views is for another. It is said again after each further check that fails
  /// while the peer is connected.
  case replace(Bytes32)
  /// Nothing came from the peer for very long, and it is forgotten; if it has a link still, that is to be closed.
  case stale(Bytes32)
  /// Most checks fail at once, so it may be this node's own fault: ``Swim/overloaded()``. Nobody is blamed meanwhile.
  case doubt
}
