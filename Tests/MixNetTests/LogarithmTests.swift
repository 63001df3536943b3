import Testing

@testable import MixNet

/// Logarithms in whole numbers.
@Suite struct LogarithmTests {
  @Test func theLogarithmIsThatOfTheTables() {
    // ln 2 and multiples, by halves of the range: -ln(2^-k) = k ln 2.
    for k in 0..<64 as Range<UInt64> {
      let found = Logarithm.minusLog(ofUniform: k == 0 ? .max : (1 << (64 - k)) - 1)
      #expect(found == k * 2_977_044_472)
    }
    // The mean of -ln u is 1, its variance 1.
    var random = RandomStream(seed: Seed(5))
    var (sum, squares, last) = (0.0, 0.0, UInt64.max)
    for _ in 0..<200_000 {
      let x = Double(Logarithm.minusLog(ofUniform: random.next())) / 4_294_967_296
      sum += x
      squares += x * x
    }
    #expect(abs(sum / 200_000 - 1) < 0.01)
    #expect(abs(squares / 200_000 - 2) < 0.05)
    for step in 1...1_000 as ClosedRange<UInt64> {
      let next = Logarithm.minusLog(ofUniform: step << 54)
      #expect(next < last)
      last = next
    }
  }

  @Test func theLongestLengthsFit() {
    #expect(Logarithm.exponential(mean: .ms(50), ofUniform: .max) == .zero)
    let longest = Logarithm.exponential(mean: .ms(50), ofUniform: 0)
    #expect(longest > .ms(2_218) && longest < .ms(2_219))
    #expect(Logarithm.exponential(mean: Nanos(.max), ofUniform: 0) == Nanos(.max))
    #expect(Logarithm.exponential(mean: Nanos(1 << 62), ofUniform: .max - 1) == Nanos(1 << 30))
  }
}
