import Testing

@testable import hearsay_bench

/// Whether two classes of times are alike.
@Suite struct WelchTests {
  /// A thousand measurements to find the thresholds, then so many of each class; those of the second are longer by this much.
  private func t(_ count: Int, longerBy step: Double, outliers: Bool = false) -> Double {
    var state: UInt64 = 88_172_645_463_325_252
    // Marsaglia's xorshift.
    func below(_ bound: UInt64) -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return (state >> 11) % bound
    }
    func noise() -> Double {
      let value = 1_000 + (0..<12).reduce(0.0) { sum, _ in sum + Double(below(100)) }
      return outliers && below(50) == 0 ? value * 100 : value
    }
    let first = (0..<1_000).map { _ in noise() }
    var test = WelchTest(thresholdsFrom: first)
    for _ in 0..<count {
      test.add(noise(), ofSecond: false)
      test.add(noise() + step, ofSecond: true)
    }
    return test.t
  }

  @Test func equalTimesAreEqual() {
    #expect(abs(t(50_000, longerBy: 0)) < WelchTest.limit)
    #expect(abs(t(50_000, longerBy: 0, outliers: true)) < WelchTest.limit)
  }

  /// A twentieth of the spread is found, even among interruptions a hundred times as long as all the rest.
  @Test func aSmallDifferenceIsFound() {
    #expect(t(50_000, longerBy: 5) < -WelchTest.limit)
    #expect(t(50_000, longerBy: -5) > WelchTest.limit)
    #expect(t(50_000, longerBy: 5, outliers: true) < -WelchTest.limit)
  }

  @Test func nothingIsNoDifference() {
    #expect(WelchTest(thresholdsFrom: []).t == 0)
  }
}
