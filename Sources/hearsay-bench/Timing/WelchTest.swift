/// Whether two classes of measurements have the same mean: Welch's t, of what stays when the slowest are left out, at several
/// thresholds. What interrupts a thread makes a few measurements far too long, and would hide a small difference.
///
/// Source: Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?" (2017).
struct WelchTest {
  /// A difference is believed from here on.
  static let limit = 4.5
  /// Parts of the measurements that stay.
  private static let parts = [0.5, 0.75, 0.9, 0.95, 0.99, 1]

  /// Count, mean and sum of squared differences from it, in one pass (Welford, 1962).
  private struct Moments {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0

    mutating func add(_ value: Double) {
      count += 1
      let step = value - mean
      mean += step / count
      squares += step * (value - mean)
    }

    var varianceOfMean: Double { count > 1 ? squares / (count - 1) / count : 0 }
  }

  private let thresholds: [Double]
  private var classes: [[Moments]]

  /// The thresholds follow from the first measurements, of both classes together.
  init(thresholdsFrom first: [Double]) {
    let sorted = first.sorted()
    thresholds = Self.parts.map { part in
      part < 1 && !sorted.isEmpty ? sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))] : .infinity
    }
    classes = [[Moments]](repeating: [Moments](repeating: Moments(), count: Self.parts.count), count: 2)
  }

  mutating func add(_ value: Double, ofSecond isSecond: Bool) {
    for (place, threshold) in thresholds.enumerated() where value <= threshold {
      classes[isSecond ? 1 : 0][place].add(value)
    }
  }

  /// The t farthest from zero.
  var t: Double {
    var most = 0.0
    for place in thresholds.indices {
      let (one, other) = (classes[0][place], classes[1][place])
      let variance = one.varianceOfMean + other.varianceOfMean
      guard variance > 0 else { continue }
      let t = (one.mean - other.mean) / variance.squareRoot()
      if abs(t) > abs(most) { most = t }
    }
    return most
  }
}
