import MixNet
import Sphinx

/// Makes packets of a route whose messages are known, a batch at once.
final class PacketBatchMaker {
  /// The most that are made at once.
  static let size = 64
  private let route: MixRoute
  private var sender: SphinxSender
  private var random: RandomStream
  private(set) var packets: [[UInt8]]
  private(set) var cost = Meter()

  init(_ route: MixRoute, _ multiplier: any PointMultiplier = X25519Choice.quickest) {
    self.route = route
    random = RandomStream(seed: Seed(4))
    sender = SphinxSender(capacity: Self.size, multiplier: multiplier)
    packets = (0..<Self.size).map { _ in [UInt8](repeating: 0, count: route.size.packet) }
  }

  /// Makes `count` packets, whose messages are those from `first` on, and adds what that costs.
  func make(from first: Int, count: Int) throws(BenchError) {
    let messages = (first..<first + count).map(MixRoute.message)
    let hops = route.hops
    let before = Meter.now
    do throws(SphinxError) {
      sender.begin()
      for _ in 0..<count {
        try sender.enter(along: hops.span, to: route.recipient, version: .v260, random: &random)
      }
      sender.exchange()
      for place in 0..<count {
        let message = messages[place]
        var span = packets[place].mutableSpan
        try sender.write(place, message: message.span, into: &span)
      }
      sender.end()
    } catch { throw BenchError("no packet can be made: \(error)") }
    cost.add(since: before)
  }
}
