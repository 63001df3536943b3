import MixNet
import SimNet
import Testing

@testable import Messages
@testable import MixHost

/// Peers that are lost: what came from them, and who is given their place.
@Suite struct LossTests {
  /// The stage between two whole nodes: three tenths of all packets are lost, others come late and cut into pieces, and connections
  /// break. By its usual numbers a node calls anew again and again; whatever was under way then is said again.
  @Test(
    "fault 33: through a network that loses three tenths of all packets, each message is delivered once and in order",
    arguments: 2...6 as ClosedRange<UInt64>)
  func onceAndInOrderThroughHeavyLoss(_ seed: UInt64) throws {
    let pair = try Pair(330 + seed)
    try pair.connect(pair.a, pair.b)
    let peer = pair.b.identity
    pair.b.recorder.echoes = true
    pair.world.faults = .of(
      (.loss, .percent(30)), (.latency, .percent(20)), (.segment, .percent(50)), (.partial, .percent(50)),
      (.close, Chance(millionths: 2_000)))
    let id = try pair.open(pair.a, to: pair.b)
    let count = 400
    try pair.send(count, on: id, pair.a, to: pair.b)
    #expect(pair.world.run(for: .s(3_600)) { pair.a.recorder.came.count == count }, "\(pair.a.recorder.came.count)")
    #expect(pair.b.recorder.came == Pair.messages(0..<count))
    #expect(pair.a.recorder.came == Pair.messages(0..<count))
    #expect(pair.world.struck[.loss] > 100 && pair.world.struck[.close] > 0)
    #expect(pair.a.recorder.lost(.restarted) == nil && pair.b.recorder.lost(.restarted) == nil)
    pair.world.stopFaults()
    let isConfirmed = pair.world.run(for: .s(60)) {
      (try? pair.a.now(pair.world) { stage, _ in stage.unconfirmed(of: peer) }) == 0
    }
    #expect(isConfirmed)
  }

  /// What was confirmed and not taken is told with the loss, whether the peer stays away or begins anew.
  @Test(arguments: [PeerLoss.forgotten, .restarted]) func whatWasNotTakenIsTold(_ loss: PeerLoss) throws {
    let pair = try Pair(31, "forget_ms = \(loss == .forgotten ? 5_000 : 60_000)")
    try pair.connect(pair.a, pair.b)
    pair.b.recorder.takes = false
    let ids = [try pair.open(pair.a, to: pair.b), try pair.open(pair.a, to: pair.b)]
    for id in ids { try pair.send(5, on: id, pair.a, to: pair.b) }
    let peer = pair.b.identity
    pair.a.ask { stage, turn in stage.finish(ids[0], of: peer, &turn) }
    pair.world.run(for: .s(1))
    #expect(try pair.a.now(pair.world) { stage, _ in stage.unconfirmed(of: peer) } == 0)
    pair.a.host.crash(.power)
    if loss == .restarted {
      try pair.a.host.restart()
      try pair.connect(pair.a, pair.b)
    }
    #expect(pair.world.run(for: .s(20)) { pair.b.recorder.lost(loss) != nil })
    let theirs = pair.b.recorder.opened.map(\.id)
    #expect(
      pair.b.recorder.lost(loss)
        == theirs.map {
          LostStream(id: $0, unconfirmed: Unconfirmed(), unread: Pair.messages(0..<5).map { PeerMessage($0) })
        })
    #expect(pair.b.recorder.count { $0 == .stream(pair.a.identity, .ended(theirs[0])) } == 1)
    #expect(pair.b.recorder.count { $0 == .stream(pair.a.identity, .ended(theirs[1])) } == 0)
  }

  /// What the last process said and what the next one says on a stream of the same name are not mixed up, though both come at
  /// once.
  @Test func whatIsSaidBeforeARestartIsNotTakenAfterwards() throws {
    let pair = try Pair(32)
    try pair.connect(pair.a, pair.b)
    let id = try pair.open(pair.a, to: pair.b)
    try pair.send(3, on: id, pair.a, to: pair.b)
    pair.world.run(for: .s(1))
    pair.b.recorder.takes = false
    try pair.send(3, on: id, pair.a, to: pair.b, from: 3)
    pair.world.run(for: .s(1))
    pair.a.host.crash(.killed)
    try pair.a.host.restart()
    try pair.connect(pair.a, pair.b)
    let again = try pair.open(pair.a, to: pair.b)
    #expect(again == id)
    pair.b.recorder.takes = true
    try pair.send(2, on: again, pair.a, to: pair.b, from: 8)
    #expect(pair.world.run(for: .s(5)) { pair.b.recorder.came.count == 5 })
    #expect(pair.b.recorder.came == Pair.messages(0..<3) + Pair.messages(8..<10))
    #expect(pair.b.recorder.lost(.restarted)?.map(\.unread) == [Pair.messages(3..<6).map { PeerMessage($0) }])
  }

  /// Names that come and go take no place from who talks, who comes, or who is called.
  @Test(arguments: [false, true]) func strangersTakeNoPlaces(speaks: Bool) throws {
    let pair = try Pair(33, "peers_max = 4")
    let (a, b, world) = (pair.a, pair.b, pair.world)
    try pair.connect(a, b)
    let id = try pair.open(a, to: b)
    try pair.send(3, on: id, a, to: b)
    for number in 0..<8 {
      let stranger = try TestPeer(world, "stranger-\(number)", "peers_max = 4")
      world.run(for: .ms(10))
      try pair.connect(stranger, b)
      if speaks { try pair.send(1, on: pair.open(stranger, to: b), stranger, to: b) }
      world.run(for: .s(1))
      stranger.host.crash(.killed)
      world.run(for: .ms(100))
    }
    let displaced = b.recorder.count { if case .lost(_, .displaced, _) = $0 { true } else { false } }
    #expect(displaced == 6, "three strangers at most, of which one is a")
    let (came, called) = (try TestPeer(world, "came"), try TestPeer(world, "called"))
    world.run(for: .ms(10))
    try pair.connect(came, b)
    try pair.connect(b, called)
    try pair.send(2, on: pair.open(came, to: b), came, to: b)
    try pair.send(3, on: id, a, to: b, from: 3)
    world.run(for: .s(1))
    let peers = try b.now(world) { stage, _ in stage.peers }
    for peer in [a, came, called] { #expect(peers.contains(peer.identity)) }
    #expect(peers.count <= 4)
    #expect(try a.now(world) { stage, _ in stage.unconfirmed(of: b.identity) } == 0)
    #expect(a.recorder.lost(.restarted) == nil)
  }

  /// A peer with many links that reads nothing holds no more of what goes out than one with two.
  @Test func manyLinksHoldNoMoreThanTwo() throws {
    var settings = WorldSettings()
    (settings.streams.sendBuffer, settings.streams.window) = (8 << 10, 8 << 10)
    let world = SimWorld(seed: SimSeed(34), settings: settings)
    let a = try TestPeer(world, "a", "window = 262144")
    let b = try TestPeer(world, "b", "window = 262144\nlinks_per_peer = 8")
    world.run(for: .ms(10))
    let target = a.address
    let peer = b.identity
    b.ask { stage, turn in #expect(stage.connect(to: target, &turn) != nil) }
    #expect(world.run(for: .s(30)) { (try? a.links(world, to: b)) == 8 })
    b.host.pause(for: .s(2))
    let taken = try a.now(world) { stage, turn in
      var taken = 0
      for _ in 0..<8 {
        guard let id = stage.open(to: peer, &turn) else { break }
        while stage.send(Pair.message(taken, 4_000), on: id, of: peer, &turn) == .queued { taken += 1 }
      }
      return taken
    }
    #expect(taken == 8 * (262_144 / 4_000))
    var most = 0
    for _ in 0..<15 {
      most = max(most, try a.now(world) { stage, _ in stage.lines.values.reduce(0) { $0 + $1.bytes } })
      world.run(for: .ms(100))
    }
    #expect(most > 64 << 10, "the test is about links that hold much")
    #expect(most <= 2 * (64 << 10) + 8 * 4_016, "\(most)")
    #expect(world.run(for: .s(60)) { b.recorder.came.count == taken }, "\(b.recorder.came.count)")
  }
}
