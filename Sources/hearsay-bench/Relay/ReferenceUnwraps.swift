import MixNet
import Sphinx

/// What nodes of a route make of packets, done here with the same keys and with libsodium, whatever the nodes have.
struct ReferenceUnwraps: ~Copyable {
  private let keys: [SphinxSecretKey]
  private let route: MixRoute
  private let hops: Int
  private let capacity: Int
  private let sodium = SodiumMultiplier()

  init(_ route: MixRoute, hops: Int, capacity: Int) {
    (self.route, self.hops, self.capacity) = (route, hops, capacity)
    keys = Array(route.keys.prefix(hops))
  }

  /// - Throws: when a packet is refused, or is sent to another node than the route's next one.
  mutating func unwrap(_ packets: [[UInt8]]) throws(BenchError) -> [[UInt8]] {
    var packets = packets
    for hop in 0..<hops {
      var unwrapper = SphinxUnwrapper(
        keys: SphinxKeySet(keys[hop]), size: route.size, capacity: capacity, multiplier: sodium)
      var secrets = packets.map { _ in [UInt8](repeating: 0, count: SphinxSecrets.size) }
      unwrapper.beginHeaders()
      for (i, packet) in packets.enumerated() {
        let refusal = unwrapper.load(i, packet.span)
        if let refusal { throw BenchError("a packet is refused: \(refusal)") }
      }
      while unwrapper.exchange() {
        for i in packets.indices where unwrapper.awaits(i) {
          var packet = packets[i].mutableSpan
          var scratch = secrets[i].mutableSpan
          guard case .forward(let next) = unwrapper.header(i, &packet, &scratch),
            next.nextHop == route.hops[hop + 1].address
          else { throw BenchError("a packet goes elsewhere") }
        }
      }
      unwrapper.beginPayloads()
      for i in packets.indices {
        var packet = packets[i].mutableSpan
        var scratch = secrets[i].mutableSpan
        unwrapper.payload(i, &packet, &scratch)
      }
      unwrapper.blind()
      for i in packets.indices where unwrapper.awaits(i) {
        var packet = packets[i].mutableSpan
        unwrapper.alpha(i, &packet)
      }
      unwrapper.end()
    }
    return packets
  }
}
