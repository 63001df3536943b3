import Foundation
import MixNet
import Testing

@testable import Reputation

struct HalvingTests {
  @Test func halvesAreExact() {
    for times in 0..<40 as Range<UInt64> {
      #expect(Halving.rest(of: 1 << 40, after: .s(600) * times, half: .s(600)) == (1 << 40) >> times)
    }
    #expect(Halving.rest(of: .max, after: Nanos(.max), half: .s(1)) == 0)
    #expect(Halving.rest(of: .max, after: .zero, half: .s(1)) == .max)
    #expect(Halving.rest(of: 5, after: .s(1), half: .zero) == 0)
  }

  @Test func itIsAsTheLawSays() {
    var random = RandomStream(seed: Seed(3))
    for _ in 0..<10_000 {
      let (time, half) = (random.below(10_000_000_000_000), 1 + random.below(4_000_000_000_000))
      let amount = random.below(1 << 48)
      let exact = Double(amount) * pow(2, -Double(time) / Double(half))
      let found = Double(Halving.rest(of: amount, after: Nanos(time), half: Nanos(half)))
      #expect(abs(found - exact) <= exact / 65_536 + 1, "\(amount) \(time) \(half)")
    }
  }

  @Test func moreTimeLeavesNoMore() {
    var last = UInt64.max
    for step in 0..<200_000 as Range<UInt64> {
      let rest = Halving.rest(of: 1 << 32, after: .ms(step * 7), half: .s(300))
      #expect(rest <= last)
      last = rest
    }
  }
}
