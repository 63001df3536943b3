import MixNet
import Testing

@testable import CoverTraffic

struct RateMeterTests {
  /// The rate of what happens is found within a second or two, and forgotten as soon.
  @Test func theRateIsMeasured() {
    var meter = RateMeter()
    var now = Instant(ns: 1_000_000_000)
    for _ in 0..<100 {
      meter.add(5)
      meter.look(now)
      now = now + .ms(100)
    }
    #expect(abs(meter.perSecond - 50) < 2)
    meter.look(now + .s(5))
    #expect(meter.perSecond < 5)
    meter.look(now + .s(500))
    #expect(meter.perSecond == 0)
  }
}
