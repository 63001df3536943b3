import MixNet
import Testing

@testable import SimNet

/// Each family of faults does what it says, and is counted.
@Suite struct FaultTests {
  private typealias Sockets = (couple: Couple, from: DatagramID, to: DatagramID, target: Address)

  private func sockets(_ plan: FaultPlan) throws -> Sockets {
    let couple = try Couple(11, plan) { $0.link.delay = .fixed(.ms(1)) }
    let target = couple.hosts.b.address(port: 5)
    let from = try couple.a.bindDatagram(couple.hosts.a.address(port: 5))
    return (couple, from, try couple.b.bindDatagram(target), target)
  }

  /// Sends numbered datagrams and gives what came, in order.
  private func exchange(_ plan: FaultPlan, _ count: Int = 200) throws -> (came: [[UInt8]], world: SimWorld) {
    let (couple, from, to, target) = try sockets(plan)
    var came: [[UInt8]] = []
    for number in 0..<count {
      #expect(couple.a.send(pattern(100, from: number), to: target, on: from))
      couple.world.run(for: .us(50))
      while let bytes = couple.b.receive(on: to) { came.append(bytes) }
    }
    couple.world.run(for: .s(10))
    while let bytes = couple.b.receive(on: to) { came.append(bytes) }
    #expect(couple.world.openDatagrams == 0)
    return (came, couple.world)
  }

  private let all = (0..<200).map { pattern(100, from: $0) }

  @Test func quietDatagramsComeInOrder() throws {
    let (came, world) = try exchange(.quiet)
    #expect(came == all)
    #expect(world.struck.total == 0)
  }

  @Test func someAreLost() throws {
    let (came, world) = try exchange(.of((.loss, .percent(20))))
    #expect((20...60).contains(world.struck[.loss]))
    #expect(came.count == 200 - Int(world.struck[.loss]))
    #expect(world.struck.fired.map(\.family) == [.loss])
  }

  @Test func someComeTwice() throws {
    let (came, world) = try exchange(.of((.duplicate, .percent(20))))
    #expect((20...60).contains(world.struck[.duplicate]))
    #expect(came.count == 200 + Int(world.struck[.duplicate]))
    #expect(Set(came).count == 200)
  }

  @Test func someAreOvertaken() throws {
    let (came, world) = try exchange(.of((.reorder, .percent(10))))
    #expect((8...40).contains(world.struck[.reorder]))
    #expect(came != all && came.count == 200 && Set(came) == Set(all))
  }

  @Test func bitsAreFlipped() throws {
    let (came, world) = try exchange(.of((.corrupt, .percent(20))))
    let wrong = zip(came, all).filter { $0 != $1 }.count
    #expect((20...60).contains(world.struck[.corrupt]))
    // Two flips of one bit undo each other, so that a few may be right by chance.
    #expect(came.count == 200 && wrong <= Int(world.struck[.corrupt]) && wrong >= Int(world.struck[.corrupt]) - 4)
  }

  @Test func someTakeLong() throws {
    let (came, world) = try exchange(.of((.latency, .percent(10))))
    #expect((8...40).contains(world.struck[.latency]))
    #expect(came.count == 200 && came != all)
  }

  @Test func aFullPathDropsDatagrams() throws {
    let (couple, from, to, target) = try sockets(.quiet)
    couple.world.setConditions(
      LinkConditions(delay: .fixed(.ms(1)), capacity: 1_000), between: couple.hosts.a, and: couple.hosts.b)
    for _ in 0..<20 { #expect(couple.a.send(pattern(100), to: target, on: from)) }
    couple.world.run(for: .s(1))
    var count = 0
    while couple.b.receive(on: to) != nil { count += 1 }
    #expect(count == 10)
  }

  @Test func streamsAreFlippedCutShortAndDelayed() throws {
    let couple = try Couple(
      12, .of((.flip, .percent(50)), (.segment, .percent(50)), (.partial, .percent(50)), (.latency, .percent(10))))
    var (came, written) = ([UInt8](), 0)
    let all = pattern(60_000)
    while came.count < all.count {
      if case .moved(let count) = couple.a.write(couple.near, Array(all[written...].prefix(6_000))) { written += count }
      couple.world.run(for: .ms(5))
      came += couple.b.drain(couple.far).bytes
    }
    let wrong = zip(came, all).filter { $0 != $1 }.count
    #expect(wrong > 0 && wrong < 30_000)
    for family in [FaultFamily.flip, .segment, .partial, .latency] { #expect(couple.world.struck[family] > 3) }
  }

  @Test func connectionsAreCutInThreeWays() throws {
    var seen: Set<String> = []
    for seed in 0..<30 as Range<UInt64> {
      let couple = try Couple(seed, .of((.close, .always))) { $0.streams.giveUp = .s(5) }
      let first = couple.a.write(couple.near, [1])
      couple.world.faults = .quiet
      couple.world.run(for: .s(1))
      let far = couple.b.read(couple.far, 9).result
      switch (first, far) {
      case (.failed(.reset), .failed(.reset)): seen.insert("both")
      case (.failed(.reset), .blocked): seen.insert("half open")
      case (.moved(1), .blocked):
        seen.insert("silent")
        couple.world.run(for: .s(20))
        #expect(couple.a.write(couple.near, [1]) == .failed(.timeout))
        #expect(couple.b.read(couple.far, 9).result == .blocked)
      default: Issue.record("\(first), \(far)")
      }
      #expect(couple.world.struck[.close] == 1)
    }
    #expect(seen == ["both", "half open", "silent"])
  }

  @Test func connectsAreRefusedOrHang() throws {
    var settings = WorldSettings()
    settings.faults = .of((.connect, .percent(60)))
    let world = SimWorld(seed: SimSeed(13), settings: settings)
    let (a, b) = (world.host(named: "a").makeNetwork(), world.host(named: "b"))
    let network = b.makeNetwork()
    _ = try network.listen(b.address(port: 1), backlog: 100)
    let near = try (0..<60).map { _ in try a.connect(b.address(port: 1)) }
    world.run(for: .s(1))
    let early = near.map { a.finishConnect($0) }
    world.run(for: .s(200))
    let late = near.map { a.finishConnect($0) }
    let refused = early.filter { $0 == .failed(.refused) }.count
    let hung = late.filter { $0 == .failed(.timeout) }.count
    #expect(refused > 5 && hung > 5 && UInt64(refused + hung) == world.struck[.connect])
    #expect(early.filter { $0 == .moved(0) }.count == 60 - refused - hung)
  }

  @Test func acceptsFindNoDescriptor() throws {
    let couple = try Couple(14, .of((.descriptors, .percent(50))))
    _ = try couple.a.connect(couple.hosts.b.address(port: 9))
    couple.world.run(for: .s(1))
    var refusals = 0
    while case .exhausted = couple.b.accept(couple.listener) {
      refusals += 1
      if refusals > 100 { break }
    }
    #expect(refusals < 20 && couple.world.struck[.descriptors] == refusals)
  }

  @Test func faultsOfHostsStrikeAndEnd() throws {
    var settings = WorldSettings()
    for family in [FaultFamily.partition, .clog, .crash, .power, .wipe, .pause, .jump, .drift] {
      settings.faults[family] = .percent(10)
    }
    let world = SimWorld(seed: SimSeed(15), settings: settings)
    let hosts = (0..<4).map { world.host(named: "h\($0)") }
    hosts[3].isProtected = true
    for (place, host) in hosts.enumerated() {
      let target = hosts[(place + 1) % 4].address(port: 80)
      try host.boot { [AskingReactor($0[0], target: target)] }
    }
    world.run(for: .s(120))
    for family in [FaultFamily.partition, .clog, .crash, .power, .wipe, .pause, .jump] {
      #expect(world.struck[family] > 2, "\(family)")
    }
    #expect(hosts[3].boots == 1 && hosts[0].boots > 2)
    world.stopFaults()
    let before = world.struck
    world.run(for: .s(120))
    #expect(world.struck == before)
    #expect(hosts.allSatisfy { $0.isUp })
    #expect(hosts.allSatisfy { a in hosts.allSatisfy { !world.isCut(from: a, to: $0) } })
  }
}
