import MixNet
import Sphinx

extension Benchmark {
  static let sphinx = Benchmark(
    name: "sphinx", summary: "packets of 2413 bytes for three hops; each is taken through all of them to its message"
  ) { (bench: Bench) throws(BenchError) in
    let route = MixRoute(hops: 3)
    try create(bench, route)
    try phases(bench, route)
    try SphinxChainCase(route: route).run(bench)
  }

  private static func create(_ bench: Bench, _ route: MixRoute) throws(BenchError) {
    var measure = Measure("create")
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(6))
    var packet = [UInt8](repeating: 0, count: route.size.packet)
    repeat {
      let message = MixRoute.message(measure.sent)
      var span = packet.mutableSpan
      try measure.cost.measure { () throws(BenchError) in try route.make(message, into: &span, &sender, &random) }
      if route.deliver(packet) == measure.sent { measure.received += 1 } else { measure.wrong += 1 }
      measure.sent += 1
    } while measure.cost.wall < bench.time
    bench.show(measure)
  }

  /// The two phases of a decode stage at the first hop, in batches.
  private static func phases(_ bench: Bench, _ route: MixRoute) throws(BenchError) {
    let packets = try route.packets(128)
    var expected: [[UInt8]] = []
    for (number, packet) in packets.enumerated() {
      // Unwrapped by itself, and delivered by the nodes after this one.
      guard case .forward(_, let next) = try? route.keys[0].unwrap(packet), route.deliver(next, from: 1) == number
      else { throw BenchError("packet \(number) cannot be delivered") }
      expected.append(next)
    }
    var batch = UnwrapBatch(route: route, capacity: packets.count)
    var (first, second) = (Measure("phase 1: headers"), Measure("phase 2: payloads, blinding"))
    repeat {
      batch.load(packets)
      first.cost.measure { batch.headers() }
      second.cost.measure { batch.payloads() }
      for i in packets.indices where batch.packets[i] == expected[i] { second.received += 1 }
      second.sent += packets.count
    } while first.cost.wall + second.cost.wall < bench.time
    second.wrong = second.sent - second.received
    (first.sent, first.received, first.wrong) = (second.sent, second.received, second.wrong)
    bench.show(first)
    bench.show(second)
  }
}
