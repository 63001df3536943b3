import MixNet
import Sphinx

extension Benchmark {
  static let unwrap = Benchmark(
    name: "unwrap", summary: "packets of 2413 bytes in batches of 128; each is taken on to its message"
  ) { (bench: Bench) throws(BenchError) in
    let route = MixRoute(hops: 3)
    for multiplier in Multipliers.all { try phases(bench, route, multiplier) }
    try SphinxChainCase(route: route).run(bench)
  }

  /// The two phases of a decode stage at the first hop.
  private static func phases(_ bench: Bench, _ route: MixRoute, _ multiplier: any PointMultiplier) throws(BenchError) {
    var unwraps = try VerifiedUnwraps(route, count: 128, multiplier)
    unwraps.run(for: bench.time)
    for measure in unwraps.measures(multiplier.name) { bench.show(measure) }
  }
}

/// What multiplies points on this machine: libsodium, and lanes where they can be had.
enum Multipliers {
  static let all: [any PointMultiplier] = {
    let quickest = X25519Choice.quickest
    return quickest is SodiumMultiplier ? [quickest] : [SodiumMultiplier(), quickest]
  }()
}

/// Batches of the same packets unwrapped again and again, each time compared with what they must become.
struct VerifiedUnwraps: ~Copyable {
  private let packets: [[UInt8]]
  private let expected: [[UInt8]]
  private var batch: UnwrapBatch
  private(set) var headers = Measure("headers")
  private(set) var payloads = Measure("payloads, blinding")

  init(_ route: MixRoute, count: Int, _ multiplier: any PointMultiplier) throws(BenchError) {
    let packets = try route.packets(count)
    var expected: [[UInt8]] = []
    for (number, packet) in packets.enumerated() {
      // Unwrapped by itself, and delivered by the nodes after this one.
      guard case .forward(_, let next) = try? route.keys[0].unwrap(packet), route.deliver(next, from: 1) == number
      else { throw BenchError("packet \(number) cannot be delivered") }
      expected.append(next)
    }
    self.packets = packets
    self.expected = expected
    batch = UnwrapBatch(route: route, capacity: count, multiplier)
  }

  mutating func run(for time: Nanos) {
    repeat {
      batch.load(packets)
      headers.cost.measure { batch.headers() }
      payloads.cost.measure { batch.payloads() }
      for i in packets.indices where batch.packets[i] == expected[i] { payloads.received += 1 }
      payloads.sent += packets.count
    } while headers.cost.wall + payloads.cost.wall < time
    payloads.wrong = payloads.sent - payloads.received
    (headers.sent, headers.received, headers.wrong) = (payloads.sent, payloads.received, payloads.wrong)
  }

  func measures(_ name: String) -> [Measure] {
    [headers, payloads].map { measure in
      var named = measure
      named.name = "\(name): \(measure.name)"
      return named
    }
  }
}
