package import MixNet

/// The times and bounds of a ``HyParView``.
package struct ViewSettings: Sendable {
  /// How many nodes there may be; the sizes of the views follow from it.
  package var expectedNodes = 1_000
  /// Where to begin, and to begin again when all is lost.
  package var seeds: [Address] = []
  /// Nodes that are trusted more than what others tell: a few links to them are kept beside the others. The seeds, as a rule.
  package var anchors: [Address] = []
  /// Links that are kept for anchors.
  package var anchorSlots = 2
  /// Neighbours in one netgroup at most, and a passive view's share for it. Off where the cluster knows its nodes: they may well be
  /// in one rack.
  package var limitsNetgroups = true
  package var neighboursPerNetgroup = 2
  /// Links that a new node's name travels, and how many are left when it is noted on the way.
  package var joinWalk: UInt8 = 6
  package var noteAt: UInt8 = 3
  package var shuffleWalk: UInt8 = 6
  package var shuffleEarly = Nanos.s(10)
  package var shuffleLater = Nanos.s(30)
  package var earlyFor = Nanos.s(60)
  package var shuffleActive = 3
  package var shufflePassive = 4
  /// The least time that a request, dialling with it, may take.
  package var requestTimeout = Nanos.ms(500)
  /// How long two nodes stay apart after one has sent the other away, and when one is leaving.
  package var backoff = Nanos.s(60)
  package var leaveBackoff = Nanos.s(10)
  /// The longest backoff that anybody can ask for.
  package var backoffMax = Nanos.s(600)
  /// What nobody had word of for so long is not passed on and not taken.
  package var ageMax = Nanos.s(600)
  /// Requests of this node's own at a time.
  package var dialsMax = 8

  package init() {}

  /// Neighbours to look for: about ln N, which keeps a random graph connected when few are lost (6 at 1,000 nodes, 9 at 10,000).
  package var activeSize: Int { min(10, max(5, NodeCount.logRoundedUp(expectedNodes) - 1)) }
  /// Neighbours that are taken when they ask; links to anchors come on top of it.
  package var acceptSize: Int { activeSize + 2 }
  package var passiveSize: Int { 6 * activeSize }
}

/// A link, by the number that the shell gave it; numbers are not used again.
package typealias LinkNumber = UInt64

/// What a ``HyParView`` wants done.
package enum ViewEffect: Hashable, Sendable {
  /// Connect there, and say how it went under this number.
  case dial(Address, number: UInt64)
  case send(ViewMessage, to: LinkNumber)
  /// The link is not wanted any more; what was sent before still goes out.
  case close(LinkNumber)
  /// There is a neighbour.
  case slotUp(Slot, NodeRecord, LinkNumber)
  /// It is none any more.
  case slotDown(Slot, NodeRecord)
  /// The node asked again before the time that it was told: a matter for its score. Once may be chance: the word was lost with a link.
  case tooEarly(NodeRecord)
}
