import Gossip
import MixNet
import Testing

/// One book, told by hand.
struct HealthBookTests {
  private final class Driver {
    var book: HealthBook
    var now = Instant(ns: 5_000_000_000)
    init(_ change: (inout HealthSettings) -> Void = { _ in }) {
      var settings = HealthSettings()
      change(&settings)
      book = HealthBook(settings, seed: Seed(1))
    }
    func tick(doubt: Int = 0) -> [HealthEffect] {
      var effects: [HealthEffect] = []
      book.tick(now, doubt: doubt, &effects)
      return effects
    }
    /// Goes on to when the book wants to be called.
    func wake(doubt: Int = 0) -> [HealthEffect] {
      now = book.next
      return tick(doubt: doubt)
    }
    func health(_ number: Int) -> Health? { book.health(of: id(number)) }
    func peer(_ number: Int) throws -> PeerHealth {
      guard let peer = book.peer(id(number), now: now) else { throw Missing() }
      return peer
    }
    /// The next check, and its number.
    func check(_ number: Int) throws -> UInt32 {
      for _ in 0..<100 {
        for effect in wake() { if case .check(id(number), let check) = effect { return check } }
      }
      throw Missing()
    }
    struct Missing: Error {}
  }

  /// Where somebody was found last may be another's place now, or nobody's.
  @Test func somebodyIsFoundWhereverHeWasLast() {
    let driver = Driver()
    for number in 1...3 { check(driver.book.connected(id(number), now: driver.now)) }
    for guess in [-1, 0, 1, 2, 3, 1_000] {
      driver.now = driver.now + .ms(1)
      var place = guess
      driver.book.seen(id(2), near: &place, now: driver.now)
      #expect(driver.book.peer(id(2), now: driver.now)?.lastSeen == .zero)
      #expect(driver.book.peer(id(1), now: driver.now)?.lastSeen != .zero)
      #expect(place == 1)
    }
    var place = 2
    driver.book.seen(id(9), near: &place, now: driver.now)
    #expect(place == 2 && driver.book.count == 3)
  }

  @Test func aPeerIsAskedWhenItHasBeenSilent() throws {
    let driver = Driver()
    let start = driver.now
    check(driver.book.connected(id(1), now: start))
    let number = try driver.check(1)
    let silence = driver.now - start
    #expect(silence >= .s(30))
    #expect(silence < .s(38))
    // Nothing happens until the answer is late.
    #expect(driver.book.next == driver.now + .s(5))
    driver.now = driver.now + .ms(80)
    driver.book.answered(id(1), number, now: driver.now)
    let peer = try driver.peer(1)
    #expect(peer.health == .healthy)
    #expect(peer.latency == .ms(80))
    #expect([peer.passed, peer.failed, peer.latencySamples] == [1, 0, 1])
    #expect(driver.wake() == [])
  }

  /// The numbers of the issue: three in a row, 30 s apart, each 5 s late; and one alone says nothing.
  @Test func threeFailuresInARow() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    var seen: [Health?] = []
    var times: [Instant] = []
    for failure in 1...4 {
      _ = try driver.check(1)
      times.append(driver.now)
      let effects = driver.wake()
      #expect(driver.now == times[failure - 1] + .s(5))
      seen.append(driver.health(1))
      #expect(effects == (failure < 3 ? [] : [.replace(id(1))]))
    }
    #expect(seen == [.healthy, .degraded, .unhealthy, .unhealthy])
    for (former, later) in zip(times, times.dropFirst()) {
      let pause = later - former
      #expect(pause >= .s(30))
      #expect(pause < .s(38))
    }
    #expect(try driver.peer(1).failures == 4)
  }

  @Test func aPeerRecovers() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    for _ in 0..<3 {
      _ = try driver.check(1)
      _ = driver.wake()
    }
    #expect(driver.health(1) == .unhealthy)
    // One word is a sign of life, but no proof that all is well.
    driver.book.seen(id(1), now: driver.now)
    #expect(driver.health(1) == .degraded)
    var answers = 0
    while driver.health(1) != .healthy, answers < 20 {
      driver.book.answered(id(1), try driver.check(1), now: driver.now)
      answers += 1
    }
    // One of the three failures has left the last eight checks.
    #expect(answers == 6)
    #expect(try driver.peer(1).successRate == 6.0 / 9)
  }

  @Test func whoAnswersHalfTheTimeIsDegraded() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    var seen: [Health?] = []
    for round in 0..<8 {
      let number = try driver.check(1)
      if round % 2 == 0 { driver.book.answered(id(1), number, now: driver.now) } else { #expect(driver.wake() == []) }
      seen.append(driver.health(1))
    }
    #expect(seen == Array(repeating: .healthy, count: 5) + Array(repeating: .degraded, count: 3))
  }

  @Test func whoIsSlowIsDegraded() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    for _ in 0..<2 {
      let number = try driver.check(1)
      driver.now = driver.now + .s(3)
      driver.book.answered(id(1), number, now: driver.now)
      #expect(driver.health(1) == .degraded)
    }
    #expect(try driver.peer(1).failed == 0)
  }

  @Test func theAverageOfTheLatency() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    for time in [80, 160, 80, 800] as [UInt64] {
      let number = try driver.check(1)
      driver.now = driver.now + .ms(time)
      driver.book.answered(id(1), number, now: driver.now)
    }
    let peer = try driver.peer(1)
    // 80, 90, 88.75, 177.65625 by eighths.
    #expect(peer.latency == .us(177_656) + Nanos(250))
    #expect(peer.latencyMax == .ms(800))
    #expect(peer.latencySamples == 4)
  }

  /// It was no answer in time, but it tells how long it took; and it is asked again, though it was heard a moment ago.
  @Test func anAnswerThatIsLate() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    let number = try driver.check(1)
    let asked = driver.now
    #expect(driver.wake() == [])
    #expect(try driver.peer(1).failures == 1)
    driver.now = asked + .s(20)
    driver.book.answered(id(1), number, now: driver.now)
    let peer = try driver.peer(1)
    #expect([peer.latency, peer.lastSeen] == [.s(20), .zero])
    #expect([Int(peer.failed), peer.failures] == [1, 0])
    let again = try driver.check(1)
    #expect(again != number)
    #expect(driver.now - asked < .s(38))
  }

  /// The node stood still while it waited: it waits a little more, once, since the answer may lie there unread.
  @Test func anAnswerThatLiesUnread() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    let number = try driver.check(1)
    driver.now = driver.now + .s(60)
    #expect(driver.tick() == [])
    #expect(driver.book.next == driver.now + .s(5))
    driver.book.answered(id(1), number, now: driver.now)
    let peer = try driver.peer(1)
    // How long it took, nobody knows.
    #expect([peer.passed, peer.failed, peer.latencySamples] == [1, 0, 0])
    _ = try driver.check(1)
    for stalls in 1...2 as ClosedRange<UInt64> {
      driver.now = driver.now + .s(6)
      #expect(driver.tick() == [])
      #expect(try driver.peer(1).failed == stalls - 1)
    }
  }

  @Test func otherNumbersAreOnlySignsOfLife() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    let number = try driver.check(1)
    driver.now = driver.now + .ms(10)
    driver.book.answered(id(1), number &+ 1, now: driver.now)
    #expect(try driver.peer(1).latencySamples == 0)
    #expect(try driver.peer(1).passed == 1)
    driver.now = driver.now + .ms(10)
    for _ in 0..<3 { driver.book.answered(id(1), number, now: driver.now) }
    #expect(try driver.peer(1).latencySamples == 1)
    // A stranger is nobody.
    driver.book.answered(id(2), number, now: driver.now)
    driver.book.seen(id(2), now: driver.now)
    driver.book.disconnected(id(2), now: driver.now)
    #expect(driver.book.count == 1)
  }

  @Test func uptimeAndFirstConnected() throws {
    let driver = Driver()
    func after(_ time: Nanos) { driver.now = driver.now + time }
    check(driver.book.connected(id(1), now: driver.now))
    after(.s(10))
    // A second link comes before the first has gone.
    check(driver.book.connected(id(1), now: driver.now))
    after(.s(5))
    driver.book.disconnected(id(1), now: driver.now)
    #expect(try driver.peer(1).isConnected)
    after(.s(5))
    driver.book.disconnected(id(1), now: driver.now)
    driver.book.disconnected(id(1), now: driver.now)
    after(.s(100))
    let away = try driver.peer(1)
    #expect(!away.isConnected)
    #expect([away.uptime, away.firstConnected, away.lastSeen] == [.s(20), .s(120), .s(110)])
    // Nobody is asked who is not there.
    #expect(driver.tick() == [])
    check(driver.book.connected(id(1), now: driver.now))
    after(.s(7))
    let back = try driver.peer(1)
    #expect([back.uptime, back.firstConnected, back.lastSeen] == [.s(27), .s(127), .s(7)])
  }

  @Test func whoIsGoneForLongIsForgotten() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    driver.book.seen(id(1), now: driver.now)
    let seen = driver.now
    driver.now = driver.now + .s(1)
    driver.book.disconnected(id(1), now: driver.now)
    var effects: [HealthEffect] = []
    while effects.isEmpty { effects = driver.wake() }
    #expect(effects == [.stale(id(1))])
    #expect(driver.now == seen + .s(300))
    #expect(driver.book.count == 0)
    #expect(driver.book.next == .never)
    #expect(driver.health(1) == nil)
  }

  /// Of who is forgotten nothing else is said.
  @Test func whoIsForgottenIsNotReplaced() throws {
    let driver = Driver { ($0.unhealthyAfter, $0.lagMax) = (1, .s(10_000)) }
    check(driver.book.connected(id(1), now: driver.now))
    _ = try driver.check(1)
    driver.now = driver.now + .s(400)
    #expect(driver.tick() == [.stale(id(1))])
  }

  @Test func theBookIsBounded() {
    let driver = Driver { $0.peersMax = 4 }
    for number in 1...4 { check(driver.book.connected(id(number), now: driver.now)) }
    // Who is connected keeps its place.
    check(!driver.book.connected(id(5), now: driver.now))
    #expect(driver.book.count == 4)
    for number in [3, 2] {
      driver.now = driver.now + .s(1)
      driver.book.seen(id(number), now: driver.now)
      driver.book.disconnected(id(number), now: driver.now)
    }
    // Of those that are gone the one that was silent for longest makes room.
    check(driver.book.connected(id(5), now: driver.now))
    #expect([1, 2, 3, 4, 5].map { driver.health($0) != nil } == [true, true, false, true, true])
    for number in 10..<1_000 {
      _ = driver.book.connected(id(number), now: driver.now)
      driver.book.disconnected(id(number), now: driver.now)
      #expect(driver.book.count == 4)
    }
    #expect([1, 4, 5].map { driver.health($0) } == [.healthy, .healthy, .healthy])
    let nobody = Driver { $0.peersMax = 0 }
    check(!nobody.book.connected(id(1), now: nobody.now))
  }

  /// While this node doubts itself, it waits longer.
  @Test func doubtIsPatience() throws {
    let driver = Driver()
    check(driver.book.connected(id(1), now: driver.now))
    let effects = driver.wake(doubt: 3)
    #expect(effects.count == 1)
    #expect(driver.book.next == driver.now + .s(20))
    let many = Driver()
    check(many.book.connected(id(1), now: many.now))
    _ = many.wake(doubt: .max)
    #expect(many.book.next > many.now)
  }

  /// Settings without sense do not make the book busy for ever.
  @Test func settingsOfZero() {
    let driver = Driver {
      ($0.interval, $0.timeout, $0.lagMax) = (.zero, .zero, .zero)
      ($0.degradedAfter, $0.unhealthyAfter, $0.lossyAfter) = (0, 0, 0)
    }
    for number in 0..<3 { check(driver.book.connected(id(number), now: driver.now)) }
    let start = driver.now
    var wakes = 0
    while driver.now < start + .s(1), wakes < 100_000 {
      _ = driver.wake()
      wakes += 1
    }
    #expect(wakes < 10_000)
  }

  @Test func messagesAreReadAsTheyWereWritten() {
    for written in [HealthMessage.check(0), .check(0x0102_0304), .answer(.max)] {
      var bytes: [UInt8] = []
      written.encode(into: &bytes)
      #expect(bytes.count == HealthMessage.size)
      #expect(message(of: bytes) == written)
      #expect(message(of: Array(bytes.dropLast())) == nil)
      #expect(message(of: bytes + [0]) == nil)
      bytes[0] = 3
      #expect(message(of: bytes) == nil)
    }
  }
}

private func message(of bytes: [UInt8]) -> HealthMessage? { HealthMessage(bytes.span) }

/// The id of the peer with that number.
func id(_ number: Int) -> Bytes32 { node(number).id }
