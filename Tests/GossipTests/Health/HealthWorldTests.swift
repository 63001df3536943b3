import Gossip
import MixNet
import Testing

/// A node among peers, for minutes and hours.
struct HealthWorldTests {
  @Test func whoTalksIsNotAsked() {
    let world = HealthWorld()
    for number in 0..<8 { world.connect(id(number), .init(chat: .s(10))) }
    world.run(for: .s(3_600))
    #expect(world.checks().count < 8)
    #expect(world.book.all(world.now).allSatisfy { $0.health == .healthy && $0.passed > 80 && $0.failed == 0 })
    #expect(world.replaced().isEmpty)
  }

  @Test func checksAreSpread() {
    let world = HealthWorld()
    for number in 0..<200 { world.connect(id(number)) }
    world.run(for: .s(600))
    let checks = world.checks()
    #expect(checks.count > 3_000)
    // In no tenth of a second many times more than on average.
    var most = 0
    for (place, time) in checks.enumerated() {
      most = max(most, checks[place...].prefix { $0 - time < .ms(100) }.count)
    }
    #expect(most <= 16)
    #expect(world.replaced().isEmpty)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func theDeadAreReplacedAndTheOthersAreNot(_ seed: UInt64) throws {
    let world = HealthWorld(seed: seed)
    var random = RandomStream(seed: Seed(seed).derived("plan"))
    for number in 0..<12 {
      let chat: Nanos? = random.below(2) == 0 ? nil : .s(1 + random.below(60))
      world.connect(id(number), .init(latency: .ms(1 + random.below(4_000)), chat: chat, loss: random.below(4)))
    }
    world.run(for: .s(60 + random.below(600)))
    let died = world.now
    let dead = Set((0..<Int(random.below(4))).map { id($0) })
    for id in dead { world.manners[id]?.isThere = false }
    world.run(for: .s(290))
    #expect(Set(world.replaced().map(\.id)) == dead)
    for id in dead {
      let found = try #require(world.replaced().first { $0.id == id }).time - died
      // Three checks, the first of which may already have been under way.
      #expect(found >= .s(60))
      #expect(found <= .s(3 * 38 + 5))
    }
    world.run(for: .s(120))
    #expect(Set(world.forgotten().map(\.id)) == dead)
    for (time, _) in world.forgotten() { #expect(time - died >= .s(300 - 64) && time - died <= .s(301)) }
    #expect(world.book.count == 12 - dead.count)
    // Each is asked again only after its last check is settled, and 30 s later.
    for number in 0..<12 {
      let checks = world.checks(of: id(number))
      for (former, later) in zip(checks, checks.dropFirst()) { #expect(later - former >= .s(30)) }
    }
  }

  /// All that comes to the node stops, for two minutes and a half, or 4 minutes and a half: nobody is blamed, and it
  /// doubts itself.
  @Test(arguments: [150, 270] as [UInt64], [2, 3, 6, 9])
  func aNodeWithoutItsNetworkBlamesNobody(_ seconds: UInt64, _ count: Int) {
    let world = HealthWorld()
    for number in 0..<count { world.connect(id(number)) }
    world.run(for: .s(1_000))
    for number in 0..<count { world.manners[id(number)]?.isThere = false }
    world.run(for: .s(seconds - 60))
    // Of few the first may fail twice before the last has failed once; three times it cannot.
    let least = count == 3 ? Health.degraded : .healthy
    #expect(world.book.all(world.now).allSatisfy { $0.health.rawValue <= least.rawValue })
    #expect(world.doubts > 0)
    for number in 0..<count { world.manners[id(number)]?.isThere = true }
    world.run(for: .s(600))
    #expect(world.replaced().isEmpty)
    #expect(world.forgotten().isEmpty)
    #expect(world.book.all(world.now).allSatisfy { $0.health == .healthy && $0.failed <= (count == 3 ? 2 : 1) })
    let doubts = world.doubts
    // And then the one that dies is found.
    world.manners[id(0)]?.isThere = false
    world.run(for: .s(3 * 38 + 5))
    #expect(Set(world.replaced().map(\.id)) == [id(0)])
    #expect(world.doubts == doubts)
  }

  /// The node itself does nothing at all for seconds to minutes, again and again.
  @Test(arguments: [true, false])
  func aNodeThatStandsStillBlamesNobody(_ readsFirst: Bool) {
    let world = HealthWorld()
    world.readsFirst = readsFirst
    var random = RandomStream(seed: Seed(9))
    for number in 0..<8 { world.connect(id(number), .init(chat: number % 2 == 0 ? nil : .s(20))) }
    for _ in 0..<200 {
      world.run(for: .ms(random.below(60_000)))
      world.sleep(for: .ms(random.below(random.below(10) == 0 ? 400_000 : 40_000)))
    }
    world.run(for: .s(100))
    #expect(world.replaced().isEmpty)
    #expect(world.forgotten().isEmpty)
    let all = world.book.all(world.now)
    #expect(all.count == 8)
    for peer in all {
      #expect(peer.health == .healthy)
      #expect(peer.passed > 100)
      // What lay there unread did not take so long: only what ends before an answer is late is not noticed.
      #expect(peer.latencyMax < .s(5))
    }
  }

  /// What comes to the node waits for seven seconds: all are late, so it is the node.
  @Test func aSlowNodeDoubtsItself() {
    let world = HealthWorld()
    for number in 0..<8 { world.connect(id(number)) }
    world.inbound = .s(7)
    world.run(for: .s(600))
    #expect(world.doubts > 20)
    #expect(world.replaced().isEmpty)
    // Whom it asks more patiently, it finds well again.
    let doubts = world.doubts
    world.doubt = 1
    world.run(for: .s(600))
    #expect(world.doubts == doubts)
    #expect(world.book.all(world.now).allSatisfy { $0.failures == 0 })
  }

  /// Most of the peers die: the node cannot know, but it does not keep them for ever.
  @Test func theSilentMajorityIsForgotten() {
    let world = HealthWorld()
    for number in 0..<6 { world.connect(id(number)) }
    world.run(for: .s(100))
    for number in 1..<6 { world.manners[id(number)]?.isThere = false }
    world.run(for: .s(310))
    #expect(world.doubts > 0)
    #expect(Set(world.forgotten().map(\.id)) == Set((1..<6).map { id($0) }))
    #expect(world.book.all(world.now).map(\.id) == [id(0)])
  }

  /// What a peer says, in whatever order, never makes the book ask too often, grow, or get stuck.
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func whateverHappens(_ seed: UInt64) {
    var settings = HealthSettings()
    settings.peersMax = 8
    var book = HealthBook(settings, seed: Seed(seed))
    var random = RandomStream(seed: Seed(seed).derived("events"))
    var now = Instant(ns: random.below(1 << 40))
    var open: [Bytes32: (number: UInt32, time: Instant)] = [:]
    var heard: [Bytes32: Instant] = [:]
    var failed: [Bytes32: Int] = [:]
    for _ in 0..<3_000 {
      now = now + .ms(random.below(random.below(50) == 0 ? 100_000 : 3_000))
      let one = id(Int(random.below(12)))
      switch random.below(8) {
      case 0, 1: if book.connected(one, now: now) { (heard[one], failed[one]) = (now, 0) }
      case 2: if random.below(4) == 0 { book.disconnected(one, now: now) }
      case 3:
        if book.health(of: one) != nil {
          book.seen(one, now: now)
          (heard[one], failed[one]) = (now, 0)
        }
      case 4, 5:
        if let number = open[one]?.number, book.health(of: one) != nil {
          book.answered(one, number, now: now)
          (heard[one], failed[one]) = (now, 0)
        }
      default: break
      }
      var effects: [HealthEffect] = []
      book.tick(now, &effects)
      for effect in effects {
        switch effect {
        case .check(let id, let number):
          #expect(book.peer(id, now: now)?.isConnected == true)
          // Silent for the interval, or it missed the last check.
          if let last = open[id], let word = heard[id], now - word < .s(30) { #expect(now - last.time >= .s(30)) }
          open[id] = (number, now)
          failed[id, default: 0] += 1
        case .replace(let id):
          #expect(book.health(of: id) == .unhealthy)
          #expect(failed[id, default: 0] >= 3)
        case .stale(let id):
          #expect(now - (heard[id] ?? .zero) >= .s(300))
          #expect(book.health(of: id) == nil)
        case .doubt: break
        }
      }
      #expect(book.count <= 8)
      #expect(book.next > now)
      #expect((book.next == .never) == (book.count == 0))
    }
  }
}
