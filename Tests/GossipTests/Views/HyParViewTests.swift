import Gossip
import MixNet
import Testing

/// One node, and what it is told by hand.
struct HyParViewTests {
  private final class Driver {
    var views: HyParView
    var now = Instant(ns: 1_000_000_000)
    var links: LinkNumber = 100
    init(_ change: (inout ViewSettings) -> Void = { _ in }) {
      var settings = ViewSettings()
      change(&settings)
      views = HyParView(node(0), settings, seed: Seed(1))
      _ = act { $0.start(now: $1, &$2) }
    }
    func act(_ body: (inout HyParView, Instant, inout [ViewEffect]) -> Void) -> [ViewEffect] {
      var effects: [ViewEffect] = []
      body(&views, now, &effects)
      return effects
    }
    func say(_ message: ViewMessage, on link: LinkNumber) -> [ViewEffect] {
      act { $0.receive(message, on: link, now: $1, &$2) }
    }
    /// A node asks over a link of its own, whose number is given back.
    func ask(_ number: Int, _ need: ViewMessage.Need = .more, group: Int? = nil) -> (
      link: LinkNumber, effects: [ViewEffect]
    ) {
      links += 1
      return (links, say(.neighbour(node(number, group: group), need), on: links))
    }
  }

  private func isUp(_ node: NodeRecord, _ driver: Driver) -> Bool {
    var isUp = false
    driver.views.up.forEach { if driver.views.neighbour($0) == node { isUp = true } }
    return isUp
  }
  private func isBlamed(_ effects: [ViewEffect]) -> Bool {
    effects.contains { if case .tooEarly = $0 { true } else { false } }
  }
  private func lose(_ lost: NodeRecord, _ driver: Driver) {
    _ = driver.act { $0.dead(lost.id, now: $1, &$2) }
  }
  private func answer(_ effects: [ViewEffect]) -> ViewMessage? {
    effects.lazy.compactMap { effect -> ViewMessage? in
      guard case .send(let message, _) = effect else { return nil }
      switch message {
      case .accepted, .refused: return message
      default: return nil
      }
    }.first
  }
  private func isYes(_ effects: [ViewEffect]) -> Bool {
    if case .accepted = answer(effects) { true } else { false }
  }
  private func dials(_ effects: [ViewEffect]) -> [Address] {
    effects.compactMap { if case .dial(let address, _) = $0 { address } else { nil } }
  }

  @Test func theSizesOfTheViews() {
    let sizes = [1, 2, 100, 1_000, 10_000, 1_000_000].map { count in
      var settings = ViewSettings()
      settings.expectedNodes = count
      return [settings.activeSize, settings.acceptSize, settings.passiveSize]
    }
    #expect(sizes == [[5, 7, 30], [5, 7, 30], [5, 7, 30], [6, 8, 36], [9, 11, 54], [10, 12, 60]])
  }

  @Test func aNodeJoinsByItsSeed() {
    let seed = node(1)
    let driver = Driver { $0.seeds = [seed.address] }
    var effects = driver.act { views, now, effects in views.tick(now + .s(3), &effects) }
    #expect(dials(effects) == [seed.address])
    effects = driver.act { $0.dialled(2, link: 7, now: $1, &$2) }
    #expect(effects == [.send(.join(node(0)), to: 7)])
    effects = driver.say(.accepted(seed, peers: hints(2..<4)), on: 7)
    #expect(effects.contains(.slotUp(0, seed, 7)))
    // Who it hears of is asked next.
    #expect(Set(dials(effects)) == [node(2).address, node(3).address])
    let next = driver.act { $0.dialled(3, link: 8, now: $1, &$2) }
    #expect(next == [.send(.neighbour(node(0), .urgent), to: 8)])
  }

  @Test func soManyAreTakenAndNoMore() {
    let driver = Driver()
    for number in 1...8 { #expect(isYes(driver.ask(number).effects)) }
    let ninth = driver.ask(9)
    guard case .refused(_, let backoff, let peers) = answer(ninth.effects) else {
      Issue.record("was taken")
      return
    }
    #expect(backoff == 10 && peers.count == 4 && ninth.effects.last == .close(ninth.link))
    // Who is in need is taken: somebody else has to go, and hears of who came.
    let urgent = driver.ask(10, .urgent).effects
    #expect(isYes(urgent))
    let newcomer = node(10)
    let goodbyes = urgent.filter {
      if case .send(.disconnect(false, 60, let peers), _) = $0 { peers.first?.record == newcomer } else { false }
    }
    #expect(goodbyes.count == 1 && driver.views.up.size == 8)
  }

  /// Requests can have only so many sent away, and none that this node dialled itself.
  @Test func nobodyPushesOutAll() {
    let friend = node(1)
    let driver = Driver {
      $0.anchors = [friend.address]; $0.seeds = [friend.address]
    }
    _ = driver.act { $0.dialled(1, link: 7, now: $1, &$2) }
    _ = driver.say(.accepted(friend, peers: []), on: 7)
    check(driver.views.isAnchor(0))
    for number in 2...9 { #expect(isYes(driver.ask(number).effects)) }
    let taken = (10..<200).count { isYes(driver.ask($0, .urgent).effects) }
    #expect(taken == 8)
    driver.now = driver.now + .s(60)
    let later = (200..<400).count { isYes(driver.ask($0, .urgent).effects) }
    #expect(later == 8)
    check(driver.views.neighbour(0) == friend)
  }

  /// Many names of few netgroups have no more sent away than few names.
  @Test func namesAreForFree() {
    let driver = Driver()
    for number in 1...8 { _ = driver.ask(number) }
    let taken = (10..<400).count { isYes(driver.ask($0, .urgent, group: 1_000 + $0 % 3).effects) }
    #expect(taken == 3)
  }

  @Test func whoIsWorthItStays() {
    let driver = Driver()
    for number in 1...8 { _ = driver.ask(number) }
    for slot in 0..<7 { driver.views.protect(slot, true) }
    _ = driver.ask(9, .urgent)
    check(driver.views.neighbour(7) == node(9))
    driver.views.protect(7, true)
    check(!isYes(driver.ask(10, .urgent).effects))
  }

  /// Who has this node for an anchor is taken beside the others, one of a netgroup.
  @Test func anchorsHavePlaces() {
    let driver = Driver()
    for number in 1...8 { _ = driver.ask(number) }
    let same = (10..<14).count { isYes(driver.ask($0, .anchor, group: 50).effects) }
    let others = (20..<40).count { isYes(driver.ask($0, .anchor).effects) }
    #expect(same == 1 && others == 5)
    #expect(driver.views.up.size == 14)
  }

  @Test func oneNetgroupHasTwoPlaces() {
    let driver = Driver()
    let taken = (1...5).map { isYes(driver.ask($0, .urgent, group: 77).effects) }
    #expect(taken == [true, true, false, false, false])
  }

  @Test func whoWasSentAwayWaits() {
    let driver = Driver()
    let link = driver.ask(1).link
    let effects = driver.act { $0.replace(0, now: $1, &$2) }
    #expect(effects.contains(.slotDown(0, node(1))) && effects.contains(.close(link)))
    driver.now = driver.now + .s(30)
    let early = driver.ask(1).effects
    #expect(early.contains(.tooEarly(node(1))) && !isYes(early))
    driver.now = driver.now + .s(31)
    #expect(isYes(driver.ask(1).effects))
  }

  /// Who had somebody sent away for want of room asks for it again when all else is lost. Who was sent away does not ask, but says yes.
  @Test func whoIsInNeedRemembersWhomItSentAway() throws {
    let driver = Driver()
    for number in 1...8 { _ = driver.ask(number) }
    _ = driver.ask(9, .urgent)
    let away = try #require((1...8).first { !isUp(node($0), driver) })
    let rest = (1...9).filter { $0 != away }
    for number in rest.dropLast(3) { lose(node(number), driver) }
    var asked: Set<Address> = []
    for _ in 0..<12 {
      driver.now = driver.now + .ms(700)
      asked.formUnion(dials(driver.act { $0.tick($1, &$2) }))
    }
    check(!asked.contains(node(away).address))
    lose(node(rest[rest.count - 3]), driver)
    for _ in 0..<12 {
      driver.now = driver.now + .ms(700)
      asked.formUnion(dials(driver.act { $0.tick($1, &$2) }))
    }
    check(asked.contains(node(away).address))
    check(isUp(node(9), driver))
  }

  @Test func whoSentThisNodeAwayMayComeBack() {
    let driver = Driver()
    let link = driver.ask(1).link
    let goodbye = driver.say(.disconnect(isLeaving: false, backoff: 60, peers: []), on: link)
    check(dials(goodbye).isEmpty)
    driver.now = driver.now + .s(30)
    check(dials(driver.act { $0.tick($1, &$2) }).isEmpty)
    for number in 2...8 { _ = driver.ask(number) }
    let back = driver.ask(1, .urgent).effects
    check(isYes(back) && !isBlamed(back))
    // But nobody has to go for it.
    let again = driver.say(.disconnect(isLeaving: false, backoff: 60, peers: []), on: driver.links)
    check(!again.isEmpty && isYes(driver.ask(9).effects))
    check(!isYes(driver.ask(1, .urgent).effects))
  }

  /// Whoever asks has ended the time apart: an answer that comes too late makes nobody guilty.
  @Test func whoWasAskedMayAskBack() throws {
    let driver = Driver()
    for number in 1...8 { _ = driver.ask(number) }
    _ = driver.ask(9, .urgent)
    let away = try #require((1...8).first { !isUp(node($0), driver) })
    for number in 1...9 where number != away { lose(node(number), driver) }
    driver.now = driver.now + .s(20)
    var asked: Set<Address> = []
    for _ in 0..<12 {
      driver.now = driver.now + .ms(700)
      asked.formUnion(dials(driver.act { $0.tick($1, &$2) }))
    }
    check(asked.contains(node(away).address))
    let back = driver.ask(away).effects
    check(isYes(back) && !isBlamed(back))
  }

  /// Both sent the other away for want of room, at once: who then asks does nothing wrong, and is welcome where there is need.
  @Test func wantOfRoomIsNoFault() throws {
    let driver = Driver()
    for number in 1...8 { _ = driver.ask(number) }
    _ = driver.ask(9, .urgent)
    let away = try #require((1...8).first { !isUp(node($0), driver) })
    driver.now = driver.now + .s(20)
    let early = driver.ask(away, .urgent).effects
    check(!isYes(early) && !isBlamed(early))
    // There are others to ask for long, so it does not ask itself.
    _ = driver.say(.disconnect(isLeaving: true, backoff: 10, peers: hints(20..<28)), on: driver.links - 1)
    for number in 1...9 where number != away { lose(node(number), driver) }
    check(isYes(driver.ask(away, .urgent).effects))
  }

  /// An anchor that was convicted stays out, though it is asked by its address and says yes.
  @Test func aYesDoesNotEndABan() {
    let friend = node(1)
    let driver = Driver { $0.seeds = [friend.address] }
    _ = driver.act { $0.ban(friend.id, for: .s(600), now: $1, &$2) }
    _ = driver.act { $0.dialled(1, link: 7, now: $1, &$2) }
    let effects = driver.say(.accepted(friend, peers: []), on: 7)
    check(effects.contains(.close(7)) && !isUp(friend, driver))
    check(!isYes(driver.ask(1, .urgent).effects))
  }

  /// Two nodes ask each other at once: both hold the request of the lower id.
  @Test func bothAskAtOnce() {
    for other in [node(1), node(4)] {
      let driver = Driver()
      _ = driver.act { $0.receive(.neighbour(other, .more), on: 1, now: $1, &$2) }
      let effects = driver.say(.disconnect(isLeaving: false, backoff: 0, peers: []), on: 1)
      #expect(dials(effects) == [other.address])
      let own = node(0).id.array
      let takes = driver.say(.neighbour(other, .more), on: 2)
      #expect(isYes(takes) == !own.lexicographicallyPrecedes(other.id.array))
    }
  }

  @Test func whoStartsAnewTakesItsOldPlace() {
    let driver = Driver()
    let link = driver.ask(1).link
    let again = driver.say(.neighbour(node(1, incarnation: 2), .more), on: 50)
    #expect(again.contains(.slotDown(0, node(1))) && again.contains(.close(link)))
    #expect(again.contains(.slotUp(0, node(1, incarnation: 2), 50)))
    // What is older is refused, and so is an anchor's request: there is a link.
    #expect(!isYes(driver.say(.neighbour(node(1), .more), on: 51)))
    #expect(!isYes(driver.say(.neighbour(node(1, incarnation: 2), .anchor), on: 52)))
    check(driver.views.link(0) == 50)
  }

  @Test func aWalk() {
    let driver = Driver()
    let (a, b) = (driver.ask(1).link, driver.ask(2).link)
    #expect(driver.say(.forwardJoin(node(9), ttl: 5), on: a) == [.send(.forwardJoin(node(9), ttl: 4), to: b)])
    #expect(driver.views.passiveNodes.isEmpty)
    _ = driver.say(.forwardJoin(node(9), ttl: 0), on: a)
    // It is dialled first; only when it answers is it a neighbour.
    #expect(driver.views.up.size == 2)
    // Too many names from one neighbour go no further.
    for number in 10..<200 { _ = driver.say(.forwardJoin(node(number), ttl: 5), on: b) }
    #expect(driver.views.ignored > 100)
  }

  @Test func aShuffleComesBackOverTheSameLinks() {
    let driver = Driver()
    let (a, b) = (driver.ask(1).link, driver.ask(2).link)
    let shuffle = ViewMessage.shuffle(walk: 5, ttl: 6, origin: node(8), peers: hints(20..<27))
    check(
      driver.say(shuffle, on: a)
        == [.send(.shuffle(walk: 5, ttl: 5, origin: node(8), peers: hints(20..<27)), to: b)])
    let reply = ViewMessage.shuffleReply(walk: 5, peers: hints(30..<33))
    // Only from where it went, and once.
    #expect(driver.say(reply, on: a).isEmpty)
    #expect(driver.say(reply, on: b) == [.send(reply, to: a)])
    #expect(driver.say(reply, on: b).isEmpty)
    #expect(driver.views.passiveNodes.isEmpty)
  }

  @Test func goodbye() {
    let driver = Driver()
    for number in 1...3 { _ = driver.ask(number) }
    let effects = driver.act { $0.leave(now: $1, &$2) }
    let said = effects.count {
      if case .send(.disconnect(true, 10, let peers), _) = $0 { peers.count == 2 } else { false }
    }
    #expect(said == 3 && driver.views.up.isEmpty && driver.views.next == .never)
    #expect(driver.ask(4).effects.isEmpty)
  }

  @Test func whoLeavesIsForgotten() {
    let driver = Driver()
    let link = driver.ask(1).link
    _ = driver.say(.disconnect(isLeaving: true, backoff: 10, peers: hints(2..<4)), on: link)
    #expect(Set(driver.views.passiveNodes) == Set([node(2), node(3)]))
  }

  @Test func theBannedStaysOut() {
    let driver = Driver()
    _ = driver.ask(1)
    let id = node(1).id
    _ = driver.act { $0.ban(id, for: .s(3_600), now: $1, &$2) }
    driver.now = driver.now + .s(3_000)
    #expect(!isYes(driver.ask(1, .urgent).effects))
    #expect(driver.views.passiveNodes.isEmpty)
  }
}
