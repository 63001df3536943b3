import MixNet
import Testing

@testable import Gossip

/// One node, and what it is told by hand.
struct SwimTests {
  private final class Driver {
    var swim: Swim
    var now = Instant(ns: 1_000_000_000)
    private(set) var effects: [SwimEffect] = []

    /// A node that knows the nodes 1 to `others`.
    init(others: Int, _ change: (inout SwimSettings) -> Void = { _ in }) {
      var settings = SwimSettings()
      change(&settings)
      swim = Swim(node(0, incarnation: 5), settings, seed: Seed(1))
      act { $0.start(now: $1, &$2) }
      for number in 1..<others + 1 { say(.gossip([MemberUpdate(.alive, node(number), accuser: 0)])) }
      run(for: .s(0))
      effects = []
    }

    func act(_ body: (inout Swim, Instant, inout [SwimEffect]) -> Void) { body(&swim, now, &effects) }
    func say(_ message: SwimMessage) { act { $0.receive(message, now: $1, &$2) } }
    func say(_ status: MemberUpdate.Status, _ record: NodeRecord, by accuser: UInt64 = 1) {
      say(.gossip([MemberUpdate(status, record, accuser: accuser)]))
    }

    /// Lets time go by; whoever is among `answering` answers its pings at once, and helps.
    func run(for time: Nanos, answering: Set<Int> = [], helping: Bool = true) {
      let ids = Set(answering.map { node($0).id })
      let end = now + time
      while swim.next <= end {
        now = max(now, swim.next)
        let before = effects.count
        act { $0.tick($1, &$2) }
        for effect in effects[before...] {
          switch effect {
          case .send(.ping(let number, let target, _, _), _, _):
            if ids.contains(target) { say(.ack(number, incarnation: 1, [])) }
          case .send(.pingRequest(let number, _, _, let target, _), .some(let helper), _):
            if helping, ids.contains(helper), !ids.contains(target.id) { say(.nack(number)) }
          default: break
          }
        }
      }
      now = end
    }

    func take() -> [SwimEffect] {
      defer { effects = [] }
      return effects
    }

    func status(_ number: Int) -> MemberUpdate.Status? { swim.status(node(number).id) }
  }

  private func pings(_ effects: [SwimEffect]) -> [(number: UInt32, target: Bytes32, news: [MemberUpdate])] {
    effects.compactMap {
      if case .send(.ping(let number, let target, _, let news), _, _) = $0 { (number, target, news) } else { nil }
    }
  }
  private func requests(_ effects: [SwimEffect]) -> [(number: UInt32, helper: Bytes32?)] {
    effects.compactMap {
      if case .send(.pingRequest(let number, _, _, _, _), let helper, _) = $0 { (number, helper) } else { nil }
    }
  }

  /// Each is probed once before anybody is probed again.
  @Test func roundAndRound() {
    let driver = Driver(others: 10)
    driver.run(for: .ms(250) * 30, answering: Set(1...10))
    let targets = pings(driver.take()).map(\.target)
    #expect(targets.count >= 29 && Set(targets.prefix(10)).count == 10 && Set(targets[10..<20]).count == 10)
    #expect(Array(targets[0..<10]) != Array(targets[10..<20]))
  }

  /// Time goes by, in which all nodes answer and some are also heard otherwise; which were probed, and how often one was spared.
  private func run(_ driver: Driver, for time: Nanos, hearing heard: Set<Int>) -> (probed: [Int], spared: Int) {
    let names = Set(heard.map { node($0).id })
    let end = driver.now + time
    var spared = 0
    _ = driver.take()
    while driver.swim.next <= end {
      let time = driver.swim.next
      driver.now = time
      if let id = driver.swim.nodeToProbe(time), names.contains(id) {
        driver.act { swim, now, _ in swim.isHeard(now) }
        spared += 1
      }
      driver.run(for: .s(0), answering: Set(1...11))
    }
    driver.now = end
    let targets = pings(driver.take()).map(\.target)
    return ((1...10).map { number in targets.count { $0 == node(number).id } }, spared)
  }

  /// Who was heard otherwise is asked in one of five turns; all others are asked as ever.
  @Test func whoIsHeardIsSpared() {
    let driver = Driver(others: 10)
    driver.run(for: .s(20), answering: Set(1...10))
    let (probed, spared) = run(driver, for: .ms(250) * 200, hearing: [3, 5])
    #expect([2, 4].allSatisfy { 3...5 ~= probed[$0] } && 30...34 ~= spared, "\(probed), \(spared)")
    #expect([0, 1, 3, 5, 6, 7, 8, 9].allSatisfy { 19...21 ~= probed[$0] }, "\(probed)")
  }

  /// Nobody is spared where there is more to a probe than whether the other is there: news, a doubt of it, or of this node itself.
  @Test func whenNobodyIsSpared() {
    let driver = Driver(others: 10)
    let all = Set(1...10)
    driver.run(for: .s(20), answering: all)
    let calm = driver.swim.nodeToProbe(driver.now + .s(1))
    driver.say(.alive, node(11))
    let withNews = driver.swim.nodeToProbe(driver.now + .s(1))
    #expect(calm != nil && withNews == nil)
    driver.run(for: .s(20), answering: all.union([11]))
    driver.swim.hints = [(node(4).id, until: driver.now + .s(10))]
    let hinted = run(driver, for: .ms(250) * 11, hearing: all)
    #expect(hinted.probed[3] >= 1 && hinted.spared >= 5, "\(hinted)")
    driver.run(for: .s(20), answering: all)
    driver.say(.suspect, node(3))
    driver.swim.news = UpdateQueue()
    let suspected = run(driver, for: .ms(250) * 10, hearing: all)
    #expect(driver.status(3) == .suspect && suspected.probed[2] >= 1 && suspected.spared >= 5, "\(suspected)")
    let other = Driver(others: 10)
    other.run(for: .s(20), answering: all)
    other.run(for: .s(1), helping: false)
    let doubting = other.swim.nodeToProbe(other.now + .s(60))
    #expect(doubting == nil)
    check(other.swim.doubt > 0)
  }

  /// No answer: others are asked; they say no: suspicion; time goes by: death.
  @Test func howANodeDies() throws {
    let driver = Driver(others: 10)
    driver.run(for: .s(20), answering: Set(2...10))
    let all = driver.take()
    let ping = try #require(pings(all).first { $0.target == node(1).id })
    let helpers = requests(all).filter { $0.number == ping.number }
    #expect(
      helpers.count == 3 && Set(helpers.map(\.helper)).count == 3 && !helpers.contains { $0.helper == node(1).id })
    #expect(all.contains(.suspect(node(1))) && all.contains(.dead(node(1))))
    #expect(all.count { $0 == .dead(node(1)) } == 1)
    #expect(driver.status(1) == .dead)
    check(driver.swim.present == 10)
  }

  /// The suspected hears it first of all, so that it can say no; and when it does, nobody suspects it any more.
  @Test func theSuspectedSpeaksUp() throws {
    let driver = Driver(others: 20)
    driver.say(.suspect, node(7))
    for number in 8...15 { driver.say(.alive, node(number, incarnation: 2)) }
    _ = driver.take()
    driver.run(for: .s(6), answering: Set(1...20))
    let ping = try #require(pings(driver.take()).first { $0.target == node(7).id })
    #expect(ping.news.first == MemberUpdate(.suspect, node(7), accuser: 1))
    driver.say(.alive, node(7))
    #expect(driver.status(7) == .suspect)
    driver.say(.alive, node(7, incarnation: 2))
    #expect(driver.status(7) == .alive && driver.take().contains(.alive(node(7, incarnation: 2))))
  }

  @Test func itSpeaksUpItself() {
    let driver = Driver(others: 5)
    check(driver.swim.own.incarnation == 6)
    driver.say(.suspect, node(0, incarnation: 6))
    #expect(driver.take().contains(.incarnation(7)))
    check(driver.swim.doubt == 1)
    // What is said of a former life does not matter.
    driver.say(.dead, node(0, incarnation: 6))
    #expect(driver.take().isEmpty)
    driver.run(for: .ms(20))
    let said = driver.take().contains { effect in
      if case .send(.gossip(let news), _, _) = effect {
        news.contains { $0.record == node(0, incarnation: 7) }
      } else {
        false
      }
    }
    #expect(said)
    // Nobody can use its numbers up.
    driver.say(.dead, node(0, incarnation: 1 << 40))
    driver.say(.dead, node(0, incarnation: NodeRecord.incarnationMax - 1))
    check(driver.swim.own.incarnation == 7)
    check(driver.swim.ignored == 2)
  }

  /// Whatever the node kept and whatever others say, it has a number that others read.
  @Test func itsNumbersEnd() {
    let last = NodeRecord.incarnationMax - 1
    for kept in last - 1...last {
      var effects: [SwimEffect] = []
      var swim = Swim(node(0, incarnation: kept), seed: Seed(1))
      swim.start(now: .zero, &effects)
      swim.receive(.gossip([MemberUpdate(.dead, node(0, incarnation: last), accuser: 1)]), now: .zero, &effects)
      check(swim.own.incarnation == last && swim.ignored == 1)
      #expect(effects == [.incarnation(last)])
    }
  }

  /// A liar has the node's id and another address: no answer goes there, or to the node itself.
  @Test func nobodyAsksInItsName() {
    let driver = Driver(others: 5)
    guard let own = NodeRecord(id: node(0).id, address: node(9).address, incarnation: 6) else { return }
    driver.say(.ping(1, target: own.id, from: own, []))
    driver.say(.pingRequest(2, budget: 100, from: own, target: node(3), []))
    driver.say(.pull(after: Bytes32(), from: own, count: 3))
    #expect(driver.take().isEmpty)
    check(driver.swim.ignored == 3)
    driver.say(.ping(1, target: own.id, from: node(2), []))
    #expect(driver.take().count == 1)
  }

  /// Whoever is watched, in whatever order they are named.
  @Test func thoseThatAreWatchedAreBounded() {
    let driver = Driver(others: 0) { ($0.mode, $0.membersMax) = (.neighbours, 4) }
    driver.act { $0.watch((1...6).map { node($0) }, now: $1, &$2) }
    check(driver.swim.known.count == 4)
    driver.act { $0.watch((1...6).reversed().map { node($0) }, now: $1, &$2) }
    check(driver.swim.known.count == 4)
    driver.act { $0.watch((3...6).map { node($0) }, now: $1, &$2) }
    check(driver.swim.present == 5)
  }

  /// What goes over what: status and incarnation of what is known, of what is said, and what is known then.
  @Test(
    arguments: [
      (.alive, 3, .alive, 3, .alive), (.alive, 3, .suspect, 2, .alive), (.alive, 3, .suspect, 3, .suspect),
      (.alive, 3, .dead, 3, .dead), (.alive, 3, .dead, 2, .alive), (.alive, 3, .left, 3, .left),
      (.suspect, 3, .alive, 3, .suspect), (.suspect, 3, .alive, 4, .alive), (.suspect, 3, .suspect, 4, .suspect),
      (.suspect, 3, .dead, 3, .dead), (.suspect, 3, .dead, 2, .suspect), (.dead, 3, .alive, 3, .dead),
      (.dead, 3, .suspect, 4, .dead), (.dead, 3, .alive, 4, .alive), (.left, 3, .alive, 3, .left),
      (.left, 3, .alive, 4, .alive), (.left, 3, .dead, 9, .left),
    ] as [(MemberUpdate.Status, UInt64, MemberUpdate.Status, UInt64, MemberUpdate.Status)])
  func whatCounts(
    old: MemberUpdate.Status, _ oldNumber: UInt64, new: MemberUpdate.Status, _ newNumber: UInt64,
    then: MemberUpdate.Status
  ) {
    let driver = Driver(others: 10)
    driver.say(.alive, node(3, incarnation: oldNumber))
    if old != .alive { driver.say(old, node(3, incarnation: oldNumber)) }
    #expect(driver.status(3) == old)
    driver.say(new, node(3, incarnation: newNumber))
    #expect(driver.status(3) == then)
  }

  /// What others ask for: the answer goes back, or after four fifths of the time that there was none.
  @Test func anErrand() throws {
    let driver = Driver(others: 5)
    let ask = SwimMessage.pingRequest(77, budget: 500, from: node(1), target: node(2), [])
    driver.say(ask)
    let first = try #require(pings(driver.take()).first)
    #expect(first.target == node(2).id)
    driver.say(.ack(first.number, incarnation: 4, []))
    let answers = driver.take().filter { if case .send(.ack(77, 4, _), _, _) = $0 { true } else { false } }
    #expect(answers.count == 1)
    let began = driver.now
    driver.say(ask)
    _ = driver.take()
    driver.run(for: .ms(399), answering: [1, 3, 4, 5])
    let nack = SwimEffect.send(.nack(77), to: node(1).id, at: node(1).address)
    #expect(!driver.take().contains(nack))
    driver.run(for: .ms(1), answering: [1, 3, 4, 5])
    #expect(driver.take().contains(nack) && driver.now - began == .ms(400))
  }

  /// When nobody answers, not even those who are asked to help, the node doubts itself; when all do, it does no longer.
  @Test func doubt() {
    let driver = Driver(others: 10)
    driver.run(for: .s(5))
    check(driver.swim.doubt == 8)
    driver.run(for: .s(60), answering: Set(1...10))
    check(driver.swim.doubt == 0)
  }

  /// A node that did not run for a while blames itself and not the others.
  @Test func timeThatItDidNotHave() {
    let driver = Driver(others: 10)
    driver.run(for: .s(5), answering: Set(1...10))
    driver.say(.suspect, node(3))
    _ = driver.take()
    driver.now = driver.now + .s(30)
    driver.act { $0.tick($1, &$2) }
    #expect(!driver.take().contains(.dead(node(3))))
    check(driver.swim.doubt == 1)
    driver.say(.alive, node(3, incarnation: 2))
    #expect(driver.status(3) == .alive)
  }

  @Test func aHint() throws {
    let driver = Driver(others: 10)
    driver.run(for: .s(5), answering: Set(1...10))
    _ = driver.take()
    let began = driver.now
    driver.act { $0.hint(node(4).id, now: $1, &$2) }
    let asked = driver.take()
    #expect(pings(asked).first?.target == node(4).id && requests(asked).count == 3)
    for request in requests(asked) { driver.say(.nack(request.number)) }
    driver.run(for: .s(1), answering: Set(1...10).subtracting([4]))
    #expect(driver.take().contains(.dead(node(4))))
    // The wait of the probe is short here, so it is little more than a period.
    #expect(driver.now - began <= .s(1))
  }

  /// Without a word from those who were asked to help it may be this node's own fault: it tries again, more patiently.
  @Test func aHintThatNobodyConfirms() {
    let driver = Driver(others: 10)
    driver.run(for: .s(5), answering: Set(1...10))
    driver.act { $0.hint(node(4).id, now: $1, &$2) }
    driver.run(for: .ms(500), answering: Set(1...10).subtracting([4]), helping: false)
    check(driver.status(4) == .alive && driver.swim.accusations == 0 && driver.swim.doubt > 0)
    // But when nobody is there at all, it says so in the end.
    driver.run(for: .s(300))
    check(driver.swim.present == 1)
  }

  @Test func theDeadStayDead() {
    let driver = Driver(others: 5)
    driver.say(.dead, node(2))
    driver.say(.alive, node(2))
    #expect(driver.status(2) == .dead)
    driver.run(for: .s(24 * 3_600 + 60), answering: [1, 3, 4, 5])
    #expect(driver.status(2) == nil)
  }

  @Test func answersHaveARate() {
    let driver = Driver(others: 5)
    for number in 0..<10_000 {
      driver.say(.ping(UInt32(number), target: node(0).id, from: node(1), []))
    }
    let answers = driver.take().count { if case .send(.ack, _, _) = $0 { true } else { false } }
    #expect(answers == 4_000)
    check(driver.swim.ignored == 6_000)
  }

  @Test func namesHaveABound() {
    let driver = Driver(others: 1) { $0.membersMax = 100 }
    for number in 2..<500 { driver.say(.alive, node(number)) }
    check(driver.swim.known.count == 100)
    driver.say(.dead, node(5))
    driver.say(.alive, node(600))
    #expect(driver.status(600) == .alive && driver.status(5) == nil)
  }

  @Test func goodbye() {
    let driver = Driver(others: 30)
    driver.act { $0.leave(now: $1, &$2) }
    let said = driver.take().count { effect in
      if case .send(.gossip(let news), _, _) = effect { news.first?.status == .left } else { false }
    }
    #expect(said == 8)
    check(driver.swim.next == .never)
    driver.say(.ping(1, target: node(0).id, from: node(1), []))
    #expect(driver.take().isEmpty)
  }
}
