import Glibc

/// Whether two samples may be of one distribution: the two-sample test of Kolmogorov and Smirnov.
struct KolmogorovSmirnov {
  /// The largest distance between the two empirical distributions.
  let distance: Double
  /// The probability that samples of one distribution are so far apart or farther; for tied values, which times in whole ticks
  /// have, it is more than that.
  let p: Double

  /// Compares two samples. An empty one is like any other: there is nothing to tell it by.
  init(_ one: [UInt64], _ other: [UInt64]) {
    guard !one.isEmpty, !other.isEmpty else {
      (distance, p) = (0, 1)
      return
    }
    let distance = Self.distance(one.sorted(), other.sorted())
    let (n, m) = (Double(one.count), Double(other.count))
    let root = (n * m / (n + m)).squareRoot()
    self.distance = distance
    // Stephens' correction makes the limit good for small samples, too (Press and others, "Numerical Recipes", 14.3).
    p = Self.tail((root + 0.12 + 0.11 / root) * distance)
  }

  private static func distance(_ a: [UInt64], _ b: [UInt64]) -> Double {
    var (i, j, most) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      most = max(most, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return most
  }

  /// What is left of Kolmogorov's distribution beyond `x`: 2 sum (-1)^(k-1) exp(-2 k^2 x^2).
  static func tail(_ x: Double) -> Double {
    guard x > 0.2 else { return 1 }
    var (sum, sign) = (0.0, 1.0)
    for k in 1...100 {
      let term = exp(-2 * Double(k * k) * x * x)
      sum += sign * term
      sign = -sign
      if term < 1e-300 { break }
    }
    return min(1, max(0, 2 * sum))
  }
}
