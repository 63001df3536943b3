import Testing

@testable import MixNet

@Suite struct LimitTests {
  private func address(_ text: String) throws -> Address { try #require(Address(text)) }

  @Test func theBucketKeepsItsRateHoweverOftenItIsAsked() {
    for seed in 0..<20 as Range<UInt64> {
      var random = RandomStream(seed: Seed(seed))
      let (rate, burst) = (1 + random.below(5_000), 1 + random.below(100))
      var bucket = TokenBucket(rate: rate, burst: burst, now: .zero)
      var (now, taken) = (Instant.zero, UInt64(0))
      while now < Instant(ns: 3_000_000_000) {
        if bucket.take(1, now) { taken += 1 }
        now = now + Nanos(random.below(100_000))
      }
      // All that came, and the burst; less by the last bit of a token, and by what did not fit while it was full.
      #expect(taken <= 3 * rate + burst + 1)
      #expect(rate > 4_000 || taken + 2 >= 3 * rate)
    }
  }

  @Test func theBucketSaysWhenItIsReady() {
    var bucket = TokenBucket(rate: 3, burst: 6, now: .zero)
    check(bucket.take(6, .zero))
    check(!bucket.take(1, .zero))
    let ready = bucket.ready(2, .zero)
    #expect(ready == Instant(ns: 666_666_667))
    check(!bucket.take(2, Instant(ns: ready.ns - 1)))
    check(bucket.take(2, ready))
    #expect(bucket.ready(7, .zero) == .never)
    var free = TokenBucket(rate: 0, burst: 1, now: .zero)
    check(free.take(.max, .zero))
    #expect(free.ready(.max, .zero) == .zero)
    var large = TokenBucket(rate: .max, burst: .max, now: .zero)
    check(!large.take(.max, .never))
    check(large.take(1, .never))
  }

  /// A burst may be more than a minute or a year brings: it is held to 10^9 and to nothing else.
  @Test func burstsAreHeldToTheirBoundAlone() {
    for burst in [1_000_000, 1_000_000_000, .max] as [UInt64] {
      let kept = min(burst, 1_000_000_000)
      var bucket = TokenBucket(rate: 1, burst: burst, now: .zero)
      #expect(bucket.burst == kept)
      check(!bucket.take(kept + 1, .zero))
      check(bucket.take(kept, .zero))
      check(!bucket.take(1, .zero))
      #expect(bucket.ready(kept, .zero) == Instant(ns: kept * 1_000_000_000))
    }
    #expect(TokenBucket(rate: .max, burst: 1, now: .zero).rate == 1_000_000_000)
  }

  /// Whatever is taken at once, over a while it is the rate and the burst.
  @Test func debtsArePaid() {
    for seed in 0..<20 as Range<UInt64> {
      var random = RandomStream(seed: Seed(seed))
      let (rate, burst) = (1_000 + random.below(1 << 20), 250 + random.below(1 << 18))
      var bucket = TokenBucket(rate: rate, burst: burst, now: .zero)
      var (now, spent) = (Instant.zero, UInt64(0))
      let end = Instant(ns: 60_000_000_000)
      while now < end {
        let count = 1 + random.below(burst)
        bucket.spend(count, now)
        spent += count
        let ready = bucket.debtless(now)
        #expect(ready - now <= Nanos(burst * 1_000_000_000 / rate + 1))
        now = max(now, ready)
      }
      #expect(spent <= 60 * rate + 2 * burst)
      #expect(spent >= 60 * rate - burst)
    }
    var free = TokenBucket(rate: 0, burst: 1, now: .zero)
    free.spend(.max, .zero)
    #expect(free.debtless(.zero) == .zero)
    // However large, a debt is kept whole.
    var small = TokenBucket(rate: 1, burst: 1, now: .zero)
    small.spend(101, .zero)
    #expect(small.debtless(.zero) == Instant(ns: 100_000_000_000))
    for _ in 0..<3 { small.spend(.max, .zero) }
    #expect(small.debtless(.zero) == Instant(ns: 1_000_000_000_000_000_000))
  }

  @Test("fault 6: the limits of connections, by host, netgroup and in all")
  func eachLimitRefusesByItsName() throws {
    var settings = ConnectionLimits.Settings()
    (settings.all, settings.perHost, settings.perNetgroup, settings.handshakes) = (9, 2, 3, 6)
    var limits = ConnectionLimits(settings, now: .zero)
    func refusal(_ text: String, memory: Int = 0) throws -> ConnectionLimits.Refusal? {
      do throws(ConnectionLimits.Refusal) {
        try limits.enter(Address(text) ?? .unix(""), memoryPercent: memory, .zero)
      } catch {
        return error
      }
      return nil
    }
    #expect(try refusal("10.0.0.1:1") == nil)
    #expect(try refusal("10.0.0.1:2") == nil)
    #expect(try refusal("10.0.0.1:3") == .host)
    #expect(try refusal("10.0.0.2:1") == nil)
    #expect(try refusal("10.0.0.3:1") == .netgroup)
    #expect(try refusal("[2001:db8:7::1]:1") == nil)
    #expect(try refusal("[2001:db8:7:1::1]:1") == nil)
    #expect(try refusal("[2001:db8:7:2::1]:1") == nil)
    #expect(try refusal("[2001:db8:7:3::1]:1") == .handshakes)
    limits.greeted()
    #expect(try refusal("[2001:db8:7:3::1]:1") == .netgroup)
    #expect(try refusal("127.0.0.1:1", memory: 98) == .memory)
    for _ in 0..<3 {
      limits.greeted()
      #expect(try refusal("127.0.0.1:1") == nil)
    }
    limits.greeted()
    #expect(try refusal("127.0.0.1:1") == .all)
    limits.leave(try address("10.0.0.1:1"), whileGreeting: false)
    #expect(try refusal("10.0.0.1:1") == nil)
  }

  @Test("fault 6: the nodes of a network come in whatever strangers do")
  func whoIsExpectedComesIn() throws {
    var settings = ConnectionLimits.Settings()
    (settings.all, settings.perHost, settings.perNetgroup, settings.handshakes) = (8, 2, 3, 4)
    (settings.rate, settings.burst) = (1, 4)
    var limits = ConnectionLimits(settings, now: .zero)
    func enter(_ text: String, mayEvict: Bool = false) throws -> ConnectionLimits.Refusal? {
      let address = try address(text)
      do throws(ConnectionLimits.Refusal) { try limits.enter(address, mayEvict: mayEvict, .zero) } catch {
        return error
      }
      return nil
    }
    limits.expect(try ["10.0.0.1:1", "10.0.0.2:1", "127.0.0.1:1"].compactMap { Host(try address($0)) })
    #expect(!limits.isExpected(try address("127.0.0.1:1")))
    for number in 3...5 { #expect(try enter("10.0.0.\(number):1") == nil) }
    // The netgroup, the rate and the handshakes are used up.
    #expect(try enter("10.0.0.6:1") == .netgroup)
    #expect(try enter("10.0.1.1:1") == nil)
    #expect(try enter("10.0.1.2:1") == .handshakes)
    #expect(try enter("10.0.1.2:1", mayEvict: true) == .rate)
    #expect(try enter("10.0.0.1:1") == .handshakes)
    #expect(try enter("10.0.0.1:1", mayEvict: true) == nil)
    // Seven are the most while the other is away, eight when it is there.
    for _ in 0..<2 { limits.greeted() }
    let later = Instant(ns: 9_000_000_000)
    try limits.enter(try address("10.0.2.1:1"), later)
    try limits.enter(try address("10.0.3.1:1"), later)
    #expect(throws: ConnectionLimits.Refusal.all) { try limits.enter(try address("10.0.4.1:1"), later) }
    for _ in 0..<2 { limits.greeted() }
    #expect(try enter("10.0.0.2:1") == nil)
    #expect(try enter("10.0.0.2:1") == .all)
    // Who is there needs no other place, and who has gone does.
    limits.leave(try address("10.0.3.1:1"), whileGreeting: false)
    limits.leave(try address("10.0.0.2:1"), whileGreeting: false)
    try limits.enter(try address("10.0.4.1:1"), later)
    #expect(throws: ConnectionLimits.Refusal.all) { try limits.enter(try address("10.0.5.1:1"), later) }
    limits.greeted()
    limits.expect([])
    try limits.enter(try address("10.0.5.1:1"), later)
    #expect(limits.count == 8)
  }

  @Test func connectionsComeInNoFasterThanTheRate() {
    var settings = ConnectionLimits.Settings()
    (settings.rate, settings.burst) = (10, 5)
    var limits = ConnectionLimits(settings, now: .zero)
    var count = 0
    for ms in 0..<2_000 as Range<UInt64> {
      let now = Instant(ns: ms * 1_000_000)
      if (try? limits.enter(.loopback(port: 1), now)) != nil {
        count += 1
        limits.leave(.loopback(port: 1), whileGreeting: true)
      }
    }
    #expect((24...25).contains(count))
    #expect(limits.count == 0)
    #expect(limits.greeting == 0)
  }

  @Test func hostsAndNetgroups() throws {
    let mapped = Address.ipv6(InlineBytes16(high: 0, low: 0xffff_0a01_0203), port: 7)
    #expect(Netgroup(mapped) == Netgroup(try address("10.1.2.9:1")))
    #expect(Netgroup(try address("127.0.0.1:1")) == nil)
    #expect(Netgroup(try address("[::1]:1")) == nil)
    #expect(Netgroup(.unix("/a")) == nil)
    #expect(Netgroup(try address("10.1.2.3:1")) == Netgroup(try address("10.1.2.4:9")))
    #expect(Netgroup(try address("10.1.2.3:1")) != Netgroup(try address("10.1.3.3:1")))
    #expect(Netgroup(try address("[2001:db8:1::1]:1")) == Netgroup(try address("[2001:db8:1:ffff::]:1")))
    #expect(Netgroup(try address("[2001:db8:1::1]:1")) != Netgroup(try address("[2001:db8:2::1]:1")))
    #expect(Host(try address("10.1.2.3:1")) == Host(mapped))
  }
}
