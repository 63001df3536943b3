import MixHost
import MixNet

/// The links on which others use this node, and those that were refused. What came on a refused link before it was closed may still
/// wait to be looked at, so it is remembered for a while.
struct PeerGuests {
  /// Refused links that are remembered; of more, the oldest is forgotten. There is hardly ever one that still has packets.
  static let refusedMax = 1_024

  private var guests: [LinkID: PeerClaim] = [:]
  /// The guests in the order in which they came.
  private var order: [LinkID] = []
  private var refused: Set<LinkID> = []
  private var refusals: [LinkID] = []
  private var oldest = 0

  init() {
    refused.reserveCapacity(Self.refusedMax)
    refusals.reserveCapacity(Self.refusedMax)
  }

  var count: Int { order.count }

  mutating func admit(_ link: LinkID, _ claim: PeerClaim) {
    if guests.updateValue(claim, forKey: link) == nil { order.append(link) }
  }

  mutating func remove(_ link: LinkID) {
    if guests.removeValue(forKey: link) != nil { order.removeAll { $0 == link } }
  }

  mutating func refuse(_ link: LinkID) {
    remove(link)
    guard refused.insert(link).inserted else { return }
    if refusals.count < Self.refusedMax {
      refusals.append(link)
    } else {
      refused.remove(refusals[oldest])
      refusals[oldest] = link
      oldest = (oldest + 1) % Self.refusedMax
    }
  }

  /// Whether something that came on this link is not to be taken.
  func isRefused(_ link: LinkID) -> Bool { !refused.isEmpty && refused.contains(link) }

  /// The guests whose claims `mayStay` no longer grants.
  func over(_ mayStay: (PeerClaim) -> Bool) -> [LinkID] {
    order.filter { link in guests[link].map { !mayStay($0) } ?? false }
  }

  /// The earliest of what `end` says of the guests' claims; never without guests.
  func next(_ end: (PeerClaim) -> Instant) -> Instant {
    order.reduce(.never) { next, link in guests[link].map { min(next, end($0)) } ?? next }
  }
}
