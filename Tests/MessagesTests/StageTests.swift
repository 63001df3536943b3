import MixNet
import SimNet
import Testing

@testable import Messages
@testable import MixHost

/// Whole nodes that talk with each other in a simulated world.
@Suite struct StageTests {
  @Test func messagesGoBothWays() throws {
    let pair = try Pair(1)
    try pair.connect(pair.a, pair.b)
    pair.b.recorder.echoes = true
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(300, on: id, pair.a, to: pair.b)
    #expect(pair.world.run(for: .s(10)) { pair.a.recorder.came.count == 300 })
    #expect(pair.b.recorder.came == Pair.messages(0..<300))
    #expect(pair.a.recorder.came == Pair.messages(0..<300))
    // Every frame was taken by the stage, and the accounts of the links close.
    let chain = try #require(pair.b.status?.chains.first)
    #expect(chain.count(.received) > 300)
    #expect(chain.consumed.reduce(0) { $0 + $1.count } == chain.count(.received))
    #expect(chain.dropped.isEmpty)
    #expect(chain.held == 0)
  }

  /// A link for which few frames may wait is given no more of them: what it had to drop would have to be said again.
  @Test(arguments: [1, 2, 5]) func narrowQueuesLoseLittle(_ depth: Int) throws {
    let pair = try Pair(20, queueDepth: depth)
    try pair.connect(pair.a, pair.b)
    pair.b.recorder.echoes = true
    let ids = try (0..<3).map { _ in try pair.open(pair.a, to: pair.b) }
    for id in ids { try pair.send(50, on: id, pair.a, to: pair.b) }
    #expect(pair.world.run(for: .s(10)) { pair.a.recorder.came.count == 150 }, "\(pair.a.recorder.came.count)")
    for peer in [pair.a, pair.b] {
      // What was given in the turn in which the link had just sent all may be one too many.
      let dropped = try #require(peer.status?.chains.first).dropped
      #expect(dropped.reduce(0) { $0 + $1.count } < 20, "\(dropped)")
    }
  }

  /// Loss, cuts and connections that break: once, in order, all of it.
  @Test(arguments: 0..<12 as Range<UInt64>) func onceAndInOrderThroughABadNetwork(seed: UInt64) throws {
    let pair = try Pair(100 + seed, "links_per_peer = \(seed % 3 + 1)")
    try pair.connect(pair.a, pair.b)
    pair.b.recorder.echoes = seed % 2 == 0
    pair.world.faults = .of(
      (.loss, .percent(2)), (.latency, .percent(5)), (.segment, .percent(30)), (.partial, .percent(30)),
      (.close, Chance(millionths: seed % 4 == 3 ? 2_000 : 200)), (.partition, .percent(seed % 5 == 0 ? 2 : 0)))
    let forth = try pair.open(pair.a, to: pair.b)
    try pair.send(600, on: forth, pair.a, to: pair.b)
    let isHere = pair.world.run(for: .s(600)) { pair.b.recorder.came.count == 600 }
    #expect(isHere, "\(pair.b.recorder.came.count)")
    #expect(pair.b.recorder.came == Pair.messages(0..<600))
    pair.world.stopFaults()
    if seed % 2 == 0 {
      #expect(pair.world.run(for: .s(600)) { pair.a.recorder.came.count == 600 })
      #expect(pair.a.recorder.came == Pair.messages(0..<600))
    }
    #expect(pair.a.recorder.lost(.restarted) == nil)
    let peer = pair.b.identity
    let isConfirmed = pair.world.run(for: .s(60)) {
      (try? pair.a.now(pair.world) { s, _ in s.unconfirmed(of: peer) }) == 0
    }
    #expect(isConfirmed)
  }

  /// Whoever comes back without memory is found out; what it had not confirmed is told, to the message.
  @Test(arguments: [SimHost.Crash.killed, .reset, .power]) func aRestartIsTold(_ how: SimHost.Crash) throws {
    let pair = try Pair(3)
    try pair.connect(pair.a, pair.b)
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(10, on: id, pair.a, to: pair.b)
    pair.world.run(for: .s(1))
    #expect(pair.b.recorder.came.count == 10)
    pair.b.host.crash(how)
    pair.world.run(for: .ms(100))
    try pair.send(5, on: id, pair.a, to: pair.b, from: 10)
    try pair.b.host.restart()
    #expect(pair.world.run(for: .s(120)) { pair.a.recorder.lost(.restarted) != nil })
    #expect(
      pair.a.recorder.lost(.restarted) == [
        LostStream(id: id, unconfirmed: Unconfirmed(first: 10, messages: Pair.messages(10..<15)))
      ])
    // And the talk goes on, from either side.
    pair.world.run(for: .s(5))
    let fresh = try pair.open(pair.b, to: pair.a)
    try pair.send(1, on: fresh, pair.b, to: pair.a)
    #expect(pair.world.run(for: .s(5)) { pair.a.recorder.came == Pair.messages(0..<1) })
  }

  /// Both connect at the same moment: one connection stays, the one that the lower address opened, and it stays for good.
  @Test("fault 12: two peers open a link to each other at once", arguments: 0..<20 as Range<UInt64>)
  func simultaneousOpenLeavesOneConnection(seed: UInt64) throws {
    let pair = try Pair(200 + seed)
    let (a, b) = (pair.a, pair.b)
    let (toA, toB) = (a.address, b.address)
    a.ask { stage, turn in #expect(stage.connect(to: toB, &turn) != nil) }
    if seed % 3 > 0 { pair.world.run(for: .us(300 * seed)) }
    b.ask { stage, turn in #expect(stage.connect(to: toA, &turn) != nil) }
    pair.world.run(for: .s(5))
    func links(_ peer: TestPeer) throws -> [LinkStatus] { try #require(peer.status).links }
    #expect(try links(a).count == 1)
    #expect(try links(b).count == 1)
    let lower = a.identity.array.lexicographicallyPrecedes(b.identity.array) ? a : b
    let isCrossed = seed % 3 == 0
    if isCrossed { #expect(try links(lower).first?.isDialled == true) }
    // It does not flap: half a minute later it is the same.
    let before = try links(lower).first?.id
    pair.world.run(for: .s(30))
    #expect(try links(lower).map(\.id) == [before])
    #expect(try links(a).first?.state == "up")
    let id = try pair.open(a, to: b)
    try pair.send(3, on: id, a, to: b)
    #expect(pair.world.run(for: .s(5)) { b.recorder.came.count == 3 })
    // The link breaks: one comes back, whoever had opened it.
    pair.world.part([a.host], [b.host])
    pair.world.run(for: .s(10))
    pair.world.heal()
    #expect(
      pair.world.run(for: .s(120)) { (try? links(a).first?.state) == "up" && (try? links(b).first?.state) == "up" })
    try pair.send(3, on: id, a, to: b, from: 3)
    #expect(pair.world.run(for: .s(30)) { b.recorder.came == Pair.messages(0..<6) })
    pair.world.run(for: .s(30))
    #expect(try links(a).count == 1)
  }

  /// Several links to a peer: all come up, streams are spread over them, and one that breaks loses nothing.
  @Test func severalLinksShareTheStreams() throws {
    let pair = try Pair(5, "links_per_peer = 3")
    try pair.connect(pair.a, pair.b)
    pair.world.run(for: .s(5))
    #expect(try pair.a.links(pair.world, to: pair.b) == 3)
    #expect(try pair.b.links(pair.world, to: pair.a) == 3)
    let before = try #require(pair.a.status).links.map(\.framesOut)
    let ids = try (0..<3).map { _ in try pair.open(pair.a, to: pair.b) }
    // All at once, so that each finds the others' lines loaded.
    let peer = pair.b.identity
    try pair.a.now(pair.world) { stage, turn in
      for number in 0..<20 {
        for id in ids { #expect(stage.send(Pair.message(number), on: id, of: peer, &turn) == .queued) }
      }
    }
    #expect(pair.world.run(for: .s(5)) { pair.b.recorder.came.count == 60 })
    let after = try #require(pair.a.status).links.map(\.framesOut)
    #expect(zip(before, after).allSatisfy { $1 - $0 >= 20 }, "\(before) \(after)")
  }

  /// One peer does not take what is sent to it. What it may leave lying is bounded, and another peer does not notice.
  @Test func aSlowReaderHoldsUpNobodyElse() throws {
    let pair = try Pair(6)
    let third = try TestPeer(pair.world, "c")
    pair.world.run(for: .ms(10))
    try pair.connect(pair.a, pair.b)
    try pair.connect(pair.a, third)
    pair.b.recorder.takes = false
    let slow = try pair.open(pair.a, to: pair.b)
    let quick = try pair.open(pair.a, to: third)
    let peer = pair.b.identity
    let taken = try pair.a.now(pair.world) { stage, turn in
      (0..<2_000).count { stage.send(Pair.message($0), on: slow, of: peer, &turn) == .queued }
    }
    #expect(taken == 262_144 / 500, "as much as may wait to be confirmed")
    try pair.send(500, on: quick, pair.a, to: third)
    #expect(pair.world.run(for: .s(5)) { third.recorder.came.count == 500 })
    #expect(pair.b.recorder.came.isEmpty)
    let waiting = try pair.a.now(pair.world) { stage, _ in stage.unconfirmed(of: peer) }
    #expect(waiting == taken - 16_384 / 516, "what the window holds is confirmed, and nothing more comes")
    // It begins to read, and gets all of it.
    pair.b.recorder.takes = true
    let (recorder, opener) = (pair.b.recorder, pair.a.identity)
    let theirs = try #require(recorder.opened.first?.id)
    pair.b.ask { stage, turn in recorder.takeAll(theirs, opener, stage, &turn) }
    #expect(pair.world.run(for: .s(30)) { recorder.came.count == taken })
    #expect(recorder.came == Pair.messages(0..<taken))
  }

  /// Two that write as much as they can to each other at once.
  @Test func twoWritersDoNotBlockEachOther() throws {
    let pair = try Pair(7)
    try pair.connect(pair.a, pair.b)
    pair.world.setConditions(
      LinkConditions(delay: .uniform(.ms(10), .ms(20)), bandwidth: 200_000), between: pair.a.host, and: pair.b.host)
    let (there, back) = (try pair.open(pair.a, to: pair.b), try pair.open(pair.b, to: pair.a))
    var given = [0, 0]
    let peers = [(pair.a, pair.b, there), (pair.b, pair.a, back)]
    for _ in 0..<400 {
      for (side, (from, to, id)) in peers.enumerated() {
        let peer = to.identity
        let start = given[side]
        given[side] += try from.now(pair.world) { stage, turn in
          var count = 0
          while stage.send(Pair.message(start + count, 4_000), on: id, of: peer, &turn) == .queued { count += 1 }
          return count
        }
      }
      pair.world.run(for: .ms(50))
    }
    #expect(given.allSatisfy { $0 > 400 }, "\(given)")
    #expect(
      pair.world.run(for: .s(60)) { pair.b.recorder.came.count == given[0] && pair.a.recorder.came.count == given[1] })
    #expect(pair.b.recorder.came == Pair.messages(0..<given[0], size: 4_000))
  }

  /// A process that stands still for long is found dead, and what was said to it waits for it.
  @Test func aStalledPeerIsFoundDeadAndFoundAgain() throws {
    let pair = try Pair(8)
    try pair.connect(pair.a, pair.b)
    let id = try pair.open(pair.a, to: pair.b)
    pair.b.host.pause(for: .s(20))
    try pair.send(20, on: id, pair.a, to: pair.b)
    let peer = pair.b.identity
    #expect(pair.world.run(for: .s(5)) { pair.a.recorder.events.contains(.disconnected(peer)) })
    #expect(pair.world.run(for: .s(60)) { pair.b.recorder.came.count == 20 })
    #expect(pair.a.recorder.lost(.restarted) == nil)
  }

  /// A peer that stays away is forgotten, and what it did not confirm is told.
  @Test func aPeerThatStaysAwayIsForgotten() throws {
    let pair = try Pair(9, "forget_ms = 5000")
    try pair.connect(pair.a, pair.b)
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(2, on: id, pair.a, to: pair.b)
    pair.world.run(for: .s(1))
    pair.b.host.crash(.power)
    try pair.send(2, on: id, pair.a, to: pair.b, from: 2)
    pair.world.run(for: .s(20))
    #expect(
      pair.a.recorder.lost(.forgotten) == [
        LostStream(id: id, unconfirmed: Unconfirmed(first: 2, messages: Pair.messages(2..<4)))
      ])
    #expect(try pair.a.now(pair.world) { stage, _ in stage.peers.isEmpty })
    #expect(try #require(pair.a.status).links.isEmpty)
  }

  /// What is said before a link is closed arrives before the link's end: nobody waits to find out that a peer has gone.
  @Test func whoDisconnectsIsHeardToTheEnd() throws {
    let pair = try Pair(14)
    try pair.connect(pair.a, pair.b)
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(3, on: id, pair.a, to: pair.b)
    let peer = pair.b.identity
    pair.a.ask { stage, turn in
      for number in 3..<6 { _ = stage.send(Pair.message(number), on: id, of: peer, &turn) }
      stage.finish(id, of: peer, &turn)
      stage.disconnect(peer, &turn)
    }
    pair.world.run(for: .ms(500))
    #expect(pair.b.recorder.came == Pair.messages(0..<6))
    let theirs = pair.b.recorder.opened.map(\.id)
    #expect(pair.b.recorder.events.contains(.stream(pair.a.identity, .gone(theirs[0], Unconfirmed()))))
    #expect(try #require(pair.a.status).links.isEmpty)
    #expect(try #require(pair.b.status).links.isEmpty)
  }

  /// A node that gives up a link after some tries has not given up the peer: the stage opens another.
  @Test func aLinkThatWasGivenUpIsReplaced() throws {
    let pair = try Pair(15, "grace_ms = 1000\n[links]\nreconnect_tries_max = 2")
    let nobody = pair.b.host.address(port: 1)
    pair.a.ask { stage, turn in #expect(stage.connect(to: nobody, &turn) != nil) }
    #expect(
      pair.world.run(for: .s(30)) {
        pair.a.recorder.events.contains { if case .failed(_, .refused) = $0 { true } else { false } }
      })
    try pair.connect(pair.a, pair.b)
    let id = try pair.open(pair.a, to: pair.b)
    pair.world.part([pair.a.host], [pair.b.host])
    pair.world.run(for: .s(30))
    pair.world.heal()
    try pair.send(3, on: id, pair.a, to: pair.b)
    #expect(pair.world.run(for: .s(25)) { pair.b.recorder.came.count == 3 })
  }

  @Test func whoHasNoApplicationRefusesStreams() throws {
    let pair = try Pair(10)
    try pair.connect(pair.a, pair.b)
    pair.b.ask { stage, _ in stage.application = nil }
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(1, on: id, pair.a, to: pair.b)
    pair.world.run(for: .s(1))
    let peer = pair.b.identity
    #expect(pair.a.recorder.events.contains { if case .stream(peer, .gone(id, _)) = $0 { true } else { false } })
  }

  /// What no peer of this kind says is cut off, and the next link is as good as the first.
  @Test func nonsenseCutsTheLink() throws {
    let pair = try Pair(11)
    try pair.connect(pair.a, pair.b)
    let link = try #require(pair.b.worker?.links.links[0].id)
    pair.b.ask { _, turn in
      if var frame = turn.frame(on: link, length: 9) { for i in 0..<9 { frame[i] = 99 } }
    }
    pair.world.run(for: .ms(100))
    #expect(try #require(pair.a.status).chains[0].dropped.map(\.reason) == ["malformed"])
    let id = try pair.open(pair.b, to: pair.a)
    try pair.send(1, on: id, pair.b, to: pair.a)
    #expect(pair.world.run(for: .s(20)) { pair.a.recorder.came.count == 1 })
  }

  /// A link so slow that frames are lost in its queue: everything comes all the same.
  @Test func lostFramesAreSentAgain() throws {
    var settings = WorldSettings()
    settings.streams.sendBuffer = 8 << 10
    let pair = try Pair(12, "window = 262144\npatience_ms = 200\n[links]\nlink_age_max_ms = 100", settings)
    try pair.connect(pair.a, pair.b)
    pair.world.setConditions(
      LinkConditions(delay: .uniform(.ms(5), .ms(10)), bandwidth: 100_000), between: pair.a.host, and: pair.b.host)
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(1_000, size: 4_000, on: id, pair.a, to: pair.b)
    #expect(pair.world.run(for: .s(600)) { pair.b.recorder.came.count == 1_000 }, "\(pair.b.recorder.came.count)")
    #expect(pair.b.recorder.came == Pair.messages(0..<1_000, size: 4_000))
    let lost = try #require(pair.a.status).chains[0].dropped.first { $0.reason == "link_stalled" }?.count ?? 0
    #expect(lost > 20, "the test is about frames that are lost")
  }

  @Test func aSeedIsARun() throws {
    func run() throws -> Bytes32 {
      let pair = try Pair(13)
      try pair.connect(pair.a, pair.b)
      pair.world.faults = .of((.loss, .percent(5)), (.close, Chance(millionths: 500)))
      let id = try pair.open(pair.a, to: pair.b)
      try pair.send(200, on: id, pair.a, to: pair.b)
      pair.world.run(for: .s(20))
      return pair.world.trace.digest
    }
    #expect(try run() == run())
  }
}
