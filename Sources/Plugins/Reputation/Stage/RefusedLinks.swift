import MixHost
import MixNet

/// The links that were refused. What came on one before it was closed may still wait to be looked at, so it is remembered for a while.
struct RefusedLinks: Sendable {
  /// Links that are remembered; of more, the oldest is forgotten. There is hardly ever one that still has packets.
  static let most = 1_024

  private(set) var links: Set<LinkID> = []
  private var order: [LinkID] = []
  private var oldest = 0
  /// How many there were.
  private(set) var count = 0

  /// False when it was refused before.
  mutating func insert(_ link: LinkID) -> Bool {
    guard links.insert(link).inserted else { return false }
    count += 1
    if order.count < Self.most {
      order.append(link)
    } else {
      links.remove(order[oldest])
      order[oldest] = link
      oldest = (oldest + 1) % Self.most
    }
    return true
  }
}
