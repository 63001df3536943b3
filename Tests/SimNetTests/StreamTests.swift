import MixNet
import Testing

@testable import SimNet

/// Streams behave as TCP does.
@Suite struct StreamTests {
  @Test func bytesTakeTheirTime() throws {
    let couple = try Couple(1) { $0.link = LinkConditions(delay: .fixed(.ms(10))) }
    #expect(couple.a.write(couple.near, [1, 2, 3]) == .moved(3))
    couple.world.run(for: Nanos(9_999_999))
    #expect(couple.b.read(couple.far, 9).result == .blocked)
    couple.world.run(for: Nanos(1))
    #expect(couple.b.read(couple.far, 9).bytes == [1, 2, 3])
  }

  @Test func aLinkCarriesWhatItsBandwidthLetsItCarry() throws {
    let couple = try Couple(1) {
      $0.link = LinkConditions(delay: .fixed(.ms(1)), bandwidth: 1_000_000)
      $0.streams.sendBuffer = 1 << 20
      $0.streams.window = 1 << 20
    }
    #expect(couple.a.write(couple.near, pattern(100_000)) == .moved(100_000))
    couple.world.run(for: .ms(51))
    let half = couple.b.drain(couple.far).bytes.count
    #expect((40_000...50_000).contains(half))
    couple.world.run(for: .ms(51))
    #expect(couple.b.drain(couple.far).bytes.count == 100_000 - half)
  }

  @Test func segmentsThatAreCutShortComeOneByOne() throws {
    let couple = try Couple(1, .of((.segment, .always))) { $0.link.delay = .fixed(.ms(10)) }
    #expect(couple.a.write(couple.near, pattern(20_000)) == .moved(20_000))
    var sizes: [Int] = []
    for _ in 0..<30_000 {
      couple.world.run(for: .us(1))
      let count = couple.b.drain(couple.far).bytes.count
      if count > 0 { sizes.append(count) }
    }
    #expect(sizes.reduce(0, +) == 20_000)
    #expect(sizes.count > 15 && sizes.allSatisfy { $0 <= 1_000 })
  }

  @Test func aSlowReaderBlocksTheWriter() throws {
    let couple = try Couple(2) {
      $0.streams.sendBuffer = 10_000
      $0.streams.window = 20_000
    }
    var written = 0
    for _ in 0..<100 {
      if case .moved(let count) = couple.a.write(couple.near, pattern(4_000, from: written)) { written += count }
      couple.world.run(for: .ms(100))
    }
    // The receiver's window is full, and the sender's buffer behind it.
    #expect(written == 30_000)
    #expect(couple.a.write(couple.near, [1]) == .blocked)
    let (first, _) = couple.b.read(couple.far, 4_000)
    #expect(first == .moved(4_000))
    couple.world.run(for: .ms(100))
    #expect(couple.a.write(couple.near, [1]) == .blocked, "a little room is not told")
    #expect(couple.b.read(couple.far, 4_000).result == .moved(4_000))
    couple.world.run(for: .ms(100))
    #expect(couple.a.write(couple.near, pattern(9_000, from: written)) == .moved(8_000))
    written += 8_000
    var came: [UInt8] = []
    while came.count < written - 8_000 {
      came += couple.b.drain(couple.far).bytes
      couple.world.run(for: .ms(50))
    }
    #expect(came == pattern(written - 8_000, from: 8_000))
  }

  @Test func anEndComesBehindTheLastByteAndTheOtherWayStaysOpen() throws {
    let couple = try Couple(3)
    #expect(couple.a.write(couple.near, pattern(50_000)) == .moved(50_000))
    couple.a.close(couple.near, abort: false)
    couple.world.run(for: .s(1))
    let (bytes, end) = couple.b.drain(couple.far)
    #expect(bytes == pattern(50_000) && end == .ended)
    // Nobody reads any more: what is written now is answered with a reset.
    #expect(couple.b.write(couple.far, [1]) == .moved(1))
    couple.world.run(for: .s(1))
    #expect(couple.b.write(couple.far, [1]) == .failed(.reset))
  }

  @Test func aResetComesBehindWhatIsUnderWay() throws {
    let couple = try Couple(4)
    #expect(couple.a.write(couple.near, [7, 8]) == .moved(2))
    couple.a.close(couple.near, abort: true)
    couple.world.run(for: .s(1))
    let (bytes, end) = couple.b.drain(couple.far)
    #expect(bytes == [7, 8] && end == .failed(.reset))
    couple.b.close(couple.far, abort: false)
    couple.world.run(for: .s(1))
    #expect(couple.world.openStreams == 0)
  }

  @Test func aBacklogTakesNoMoreThanItsNumberAndTheOthersLater() throws {
    let world = SimWorld(seed: SimSeed(5))
    let (a, b) = (world.host(named: "a").makeNetwork(), world.host(named: "b"))
    let network = b.makeNetwork()
    let listener = try network.listen(b.address(port: 1), backlog: 2)
    let near = try (0..<5).map { _ in try a.connect(b.address(port: 1)) }
    world.run(for: .ms(500))
    #expect(near.filter { a.finishConnect($0) == .moved(0) }.count == 2)
    var accepted = 0
    for _ in 0..<10 {
      while case .accepted(let connection) = network.accept(listener) {
        _ = network.adopt(connection)
        accepted += 1
      }
      world.run(for: .s(2))
    }
    #expect(accepted == 5)
    #expect(near.allSatisfy { a.finishConnect($0) == .moved(0) })
  }

  @Test func connectsFailAsTheyDo() throws {
    var settings = WorldSettings()
    settings.streams.connectGiveUp = .s(10)
    let world = SimWorld(seed: SimSeed(6), settings: settings)
    let (a, b, c) = (world.host(named: "a"), world.host(named: "b"), world.host(named: "c"))
    c.crash(.power)
    let network = a.makeNetwork()
    let refused = try network.connect(b.address(port: 1))
    let silent = try network.connect(c.address(port: 1))
    let nowhere = try network.connect(.ipv4(InlineBytes4(word: 10 << 24 | 99), port: 1))
    world.run(for: .ms(100))
    #expect(network.finishConnect(refused) == .failed(.refused))
    #expect(network.finishConnect(silent) == .blocked && network.finishConnect(nowhere) == .blocked)
    world.run(for: .s(5))
    #expect(network.finishConnect(nowhere) == .failed(.unreachable))
    #expect(network.finishConnect(silent) == .blocked)
    world.run(for: .s(20))
    #expect(network.finishConnect(silent) == .failed(.timeout))
    for connection in [refused, silent, nowhere] { network.close(connection, abort: false) }
    #expect(world.openStreams == 0)
  }

  @Test func descriptorsAreUsedUp() throws {
    var settings = WorldSettings()
    settings.descriptorsMax = 3
    let world = SimWorld(seed: SimSeed(7), settings: settings)
    let (a, b) = (world.host(named: "a"), world.host(named: "b"))
    let (dialler, network) = (a.makeNetwork(), b.makeNetwork())
    let listener = try network.listen(b.address(port: 1), backlog: 8)
    let near = try (0..<3).map { _ in try dialler.connect(b.address(port: 1)) }
    #expect { _ = try dialler.connect(b.address(port: 1)) } throws: { ($0 as? NetworkError)?.reason == .exhausted }
    world.run(for: .s(1))
    guard case .accepted(let first) = network.accept(listener), case .accepted(let second) = network.accept(listener)
    else { throw Couple.NotConnected() }
    guard case .exhausted = network.accept(listener) else { throw Couple.NotConnected() }
    network.discard(first)
    guard case .accepted(let third) = network.accept(listener) else { throw Couple.NotConnected() }
    network.close(network.adopt(second), abort: true)
    network.discard(third)
    network.close(listener)
    for connection in near { dialler.close(connection, abort: true) }
    world.run(for: .s(1))
    #expect(world.openStreams == 0 && network.openSockets == 0)
  }

  /// Whatever befalls a stream, its bytes come once and in order, or it fails and says so.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func bytesArriveOnceAndInOrder(_ seed: UInt64) throws {
    let plan = FaultPlan.swarm(SimSeed(seed), among: [.latency, .loss, .segment, .partial, .close, .partition, .clog])
    let couple = try Couple(seed, plan) {
      $0.streams.giveUp = .s(20)
      $0.streams.sendBuffer = 1 << (10 + seed % 8)
      $0.streams.window = 1 << (10 + seed / 8 % 8)
    }
    let all = pattern(100_000)
    var (written, read, failure) = (0, 0, CloseReason?.none)
    var random = couple.world.seed.stream(.workload(0))
    let end = couple.world.now + .s(900)
    while read < all.count, failure == nil, couple.world.now < end {
      switch couple.a.write(couple.near, Array(all[written...].prefix(1 + Int(random.below(9_000))))) {
      case .moved(let count): written += count
      case .failed(let reason): failure = reason
      case .blocked, .ended: break
      }
      couple.world.run(for: Nanos(random.below(2_000_000)))
      let (result, bytes) = couple.b.read(couple.far, 1 + Int(random.below(9_000)))
      #expect(bytes[...] == all[read..<read + bytes.count])
      read += bytes.count
      if case .failed(let reason) = result { failure = reason }
      if written == all.count { couple.world.run(for: .ms(20)) }
    }
    #expect(read == all.count || failure != nil, "\(read) of \(written) bytes, faults \(plan.families)")
    if plan[.close] == .never, plan[.partition] == .never { #expect(read == all.count) }
    couple.a.close(couple.near, abort: false)
    couple.b.close(couple.far, abort: false)
    couple.b.close(couple.listener)
    couple.world.stopFaults()
    couple.world.run(for: .s(200))
    #expect(couple.world.openStreams == 0)
    #expect(couple.a.openSockets == 0 && couple.b.openSockets == 0)
  }
}
