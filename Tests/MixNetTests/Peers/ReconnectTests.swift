import Testing

@testable import MixNet

@Suite struct ReconnectTests {
  @Test func pausesDoubleUpToTheBoundAndAreJittered() {
    var settings = Backoff.Settings()
    (settings.least, settings.most) = (.ms(100), .ms(1_000))
    for seed in 0..<50 as Range<UInt64> {
      var random = RandomStream(seed: Seed(seed))
      var backoff = Backoff(settings)
      for bound in [200, 300, 500, 900, 1_000, 1_000, 1_000] as [UInt64] {
        let pause = backoff.failed(&random)
        #expect(pause >= .ms(100))
        #expect(pause <= .ms(bound))
      }
    }
  }

  @Test func theJitterIsFull() {
    var random = RandomStream(seed: Seed(1))
    let pauses = (0..<2_000).map { _ in
      var backoff = Backoff(Backoff.Settings())
      for _ in 0..<6 { _ = backoff.failed(&random) }
      return backoff.failed(&random).ms
    }
    // Between 0.1 s and 6.5 s, evenly: each tenth of the range has its share.
    for tenth in 0..<10 as Range<UInt64> {
      let count = pauses.filter { ($0 - 100) * 10 / 6_401 == tenth }.count
      #expect((140...260).contains(count), "\(tenth): \(count)")
    }
  }

  @Test("fault 11: a connection that ends at once leaves the pauses as long as they were")
  func onlyASettledConnectionMakesThePastForgotten() {
    var random = RandomStream(seed: Seed(1))
    var backoff = Backoff(Backoff.Settings())
    for _ in 0..<8 { _ = backoff.failed(after: .ms(9_999), &random) }
    #expect(backoff.failures == 8)
    check(backoff.failed(after: .s(10), &random) <= .ms(200))
    #expect(backoff.failures == 1)
  }

  @Test func triesMayBeBounded() {
    var settings = Backoff.Settings()
    settings.triesMax = 3
    var random = RandomStream(seed: Seed(1))
    var backoff = Backoff(settings)
    for _ in 0..<3 {
      #expect(!backoff.hasGivenUp)
      _ = backoff.failed(&random)
    }
    #expect(backoff.hasGivenUp)
  }

  @Test func theBreakerOpensLetsOneProbeThroughAndCloses() {
    var random = RandomStream(seed: Seed(1))
    var breaker = Breaker(Breaker.Settings())
    var now = Instant.zero
    for failure in 1...5 {
      check(breaker.mayCall(now))
      #expect(!breaker.isOpen)
      breaker.failed(now, &random)
      #expect(breaker.isOpen == (failure == 5))
    }
    for opening in 1...12 as ClosedRange<UInt64> {
      guard case .open(let until) = breaker.state else { return #expect(Bool(false), "not open") }
      let time = until - now
      let least = min(Nanos.s(300), .s(30) * opening)
      #expect(time >= least)
      #expect(time <= least + Nanos(least.ns / 10))
      check(!breaker.mayCall(until - Nanos(1)))
      check(breaker.mayCall(until), "one probe alone")
      check(!breaker.mayCall(until), "one probe alone")
      now = until
      if opening < 12 { breaker.failed(now, &random) }
    }
    breaker.succeeded()
    check(breaker.mayCall(now))
    #expect(!breaker.isOpen)
  }

  @Test func whereTooManyAreShutOutCallsGoOn() {
    var random = RandomStream(seed: Seed(1))
    var breaker = Breaker(Breaker.Settings())
    for _ in 0..<20 { breaker.failed(.zero, mayOpen: false, &random) }
    check(breaker.mayCall(.zero))

    var ejections = Ejections(percentMax: 50)
    var open = 0
    while ejections.allowsOneMore(of: 10) {
      ejections.changed(isOpen: true)
      open += 1
    }
    #expect(open == 5)
    let few = Ejections(percentMax: 10)
    #expect(few.allowsOneMore(of: 2) && !few.allowsOneMore(of: 1))
    #expect(!Ejections(percentMax: 100).allowsOneMore(of: 1))
  }
}

extension Instant {
  fileprivate static func - (a: Self, b: Nanos) -> Instant { Instant(ns: a.ns - b.ns) }
}
