import MixNet
import Testing

@testable import SimNet

/// The same seed makes the same run, and what is drawn in one place moves nothing elsewhere.
@Suite struct DeterminismTests {
  /// Four hosts that ask and answer while everything goes wrong.
  static func run(_ seed: UInt64, for span: Nanos = .s(20), _ trace: TraceSettings = TraceSettings()) throws
    -> SimWorld
  {
    var settings = WorldSettings()
    settings.trace = trace
    settings.faults = .swarm(SimSeed(seed))
    settings.linkSpread = .ms(20)
    let world = SimWorld(seed: SimSeed(seed), settings: settings)
    let hosts = (0..<4).map { world.host(named: "h\($0)") }
    for (place, host) in hosts.enumerated() {
      let target = hosts[(place + 1) % 4].address(port: 80)
      try host.boot(reactors: 2) { environments in
        [try EchoReactor(environments[0], port: 80), AskingReactor(environments[1], target: target)]
      }
    }
    world.run(for: span)
    return world
  }

  @Test(arguments: [1, 2, 3, 77] as [UInt64])
  func sameSeedSameHash(_ seed: UInt64) throws {
    let (one, other) = (try Self.run(seed), try Self.run(seed))
    #expect(one.trace.lines > 1_000)
    #expect(one.trace.digest == other.trace.digest)
    #expect(one.struck == other.struck)
    #expect(try Self.run(seed + 1).trace.digest != one.trace.digest)
  }

  @Test func theHashIsThatOfTheLines() throws {
    let world = SimWorld(seed: SimSeed(1))
    var text: [UInt8] = []
    world.trace.sink = { lines in for place in 0..<lines.count { text.append(lines[place]) } }
    let host = world.host(named: "a")
    for place in 0..<5_000 { world.note(host, "line-\(place)") }
    let digest = world.trace.digest
    #expect(digest == Fingerprint.of(text))
    #expect(text.split(separator: UInt8(ascii: "\n")).count == 5_000)
    let first = String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    #expect(first == "1000000000 a note text=line-0")
  }

  @Test func aDrawMoreOnOneLinkMovesNoOther() throws {
    func delays(_ more: Bool) -> [[UInt64]] {
      let world = SimWorld(seed: SimSeed(9))
      let links = [world.link(0, 1), world.link(0, 2), world.link(1, 2)]
      if more { _ = links[0].roll() }
      return links.map { link in (0..<20).map { _ in link.arrival(100, way: 0, at: 0, link.roll()) } }
    }
    let (before, after) = (delays(false), delays(true))
    #expect(before[0] != after[0])
    #expect(before[1] == after[1] && before[2] == after[2])
  }

  @Test func aFamilySwitchedOffMovesNoOther() throws {
    // The packets that come at all come when they came before.
    func arrivals(_ plan: FaultPlan) throws -> [UInt64: UInt64] {
      let couple = try Couple(3, plan)
      let socket = try couple.b.bindDatagram(couple.hosts.b.address(port: 5))
      let sender = try couple.a.bindDatagram(couple.hosts.a.address(port: 5))
      var came: [UInt64: UInt64] = [:]
      for number in 0..<200 as Range<UInt8> {
        _ = couple.a.send([number], to: couple.hosts.b.address(port: 5), on: sender)
        let sent = couple.world.now
        while couple.world.now < sent + .ms(50) {
          couple.world.run(for: .us(10))
          if let bytes = couple.b.receive(on: socket) { came[UInt64(bytes[0])] = (couple.world.now - sent).ns }
        }
      }
      return came
    }
    let all = try arrivals(.quiet)
    let some = try arrivals(.of((.loss, .percent(30))))
    #expect(all.count == 200 && some.count < 180 && some.count > 100)
    #expect(some.allSatisfy { all[$0.key] == $0.value })
  }

  @Test func theFirstLineThatDiffersIsFound() throws {
    let found = TraceDifference.between { number, settings in
      var all = WorldSettings()
      all.trace = settings
      let world = SimWorld(seed: SimSeed(1), settings: all)
      let host = world.host(named: "a")
      for place in 0..<30_000 { world.note(host, place == 20_011 && number == 1 ? "odd" : "line-\(place)") }
      return world.trace
    }
    #expect(found?.number == 20_011)
    #expect(found?.first?.hasSuffix("text=line-20011") == true)
    #expect(found?.second?.hasSuffix("text=odd") == true)
    let none = try TraceDifference.between { _, settings in try Self.run(5, for: .s(2), settings).trace }
    #expect(none == nil)
  }

  @Test func linesOfTwoTextsAreCompared() {
    let found = TraceDifference.between(Array("a\nb\nc\n".utf8), Array("a\nb\nd\n".utf8))
    #expect(found == TraceDifference(number: 2, first: "c", second: "d"))
    #expect(TraceDifference.between(Array("a\n".utf8), Array("a\n".utf8)) == nil)
    let end = TraceDifference.between(Array("a\n".utf8), Array("a\nb\n".utf8))
    #expect(end == TraceDifference(number: 1, first: nil, second: "b"))
  }

  @Test func aTraceIsKeptUpToItsLimit() {
    let kept = KeptTrace(limit: 6)
    kept.add(Array("a\nb\n".utf8).span)
    #expect(kept.isWhole && kept.bytes == Array("a\nb\n".utf8))
    kept.add(Array("c\nd\n".utf8).span)
    // What comes after a gap is left out too.
    kept.add(Array("e\n".utf8).span)
    #expect(!kept.isWhole && kept.bytes == Array("a\nb\n".utf8))
  }
}
