import MixNet
import Sphinx

extension Benchmark {
  /// The products of both implementations, compared: a million pairs, half of whose points are on the twist.
  static let x25519 = Benchmark(
    name: "x25519", summary: "a million random pairs, 128 at once; lanes must give the products that libsodium gives"
  ) { (bench: Bench) throws(BenchError) in
    let batches = bench.size(8_192, quick: 16)
    for multiplier in Multipliers.all {
      var pairs = PointPairs()
      var measure = Measure(multiplier.name, unit: "product")
      for _ in 0..<batches {
        pairs.draw()
        measure.cost.measure { pairs.multiply(with: multiplier) }
        measure.sent += PointPairs.count
        measure.received += pairs.right
      }
      measure.wrong = measure.sent - measure.received
      bench.show(measure)
    }
  }
}

/// Scalars and points, and their products.
struct PointPairs: ~Copyable {
  static let count = 128
  private var random = RandomStream(seed: Seed(20))
  private var scalars = [UInt8](repeating: 0, count: 32 * count)
  private var points = [UInt8](repeating: 0, count: 32 * count)
  private var products = [UInt8](repeating: 0, count: 32 * count)

  mutating func draw() {
    scalars = drawn()
    points = drawn()
  }

  private mutating func drawn() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32 * Self.count)
    var span = bytes.mutableSpan
    random.fill(&span)
    return bytes
  }

  mutating func multiply(with multiplier: any PointMultiplier) {
    // Taken out meanwhile: spans of two arrays of one value exclude each other.
    let (scalars, points) = (scalars, points)
    var products = exchange(&products, with: [])
    var span = products.mutableSpan
    multiplier.multiply(scalars.span, points.span, into: &span)
    self.products = products
  }

  /// How many of the products are those of libsodium.
  var right: Int {
    let (scalars, points) = (scalars, points)
    var reference = [UInt8](repeating: 0, count: 32 * Self.count)
    var span = reference.mutableSpan
    SodiumMultiplier().multiply(scalars.span, points.span, into: &span)
    return (0..<Self.count).count { products[32 * $0..<32 * $0 + 32] == reference[32 * $0..<32 * $0 + 32] }
  }
}
