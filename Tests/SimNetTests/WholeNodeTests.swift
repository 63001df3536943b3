import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Unchanged nodes run in a world: what a relay answers over real sockets, it answers here.
@Suite struct WholeNodeTests {
  /// A name is looked up each time that the link connects: what it stands for then is where the link goes.
  @Test(arguments: [FaultPlan.quiet, .of((.names, .percent(50)))])
  func aRelayFindsItsNextOneByName(_ faults: FaultPlan) throws {
    let relays = try Relays(23, faults, isNamed: true)
    try relays.connect()
    // Nobody knows the name yet: what is asked for waits, and is given up.
    relays.ask([1])
    relays.listen(for: .s(60))
    #expect(relays.answers.isEmpty)
    relays.world.name("exit.example", [relays.exit.address(port: 1)])
    relays.listen(for: .s(600))
    // The client's own link was idle for too long.
    try relays.connect()
    relays.ask([2, 2])
    relays.listen(for: .s(60))
    #expect(relays.answers == [[2, 2]])
    #expect(faults[.names] == .never || relays.world.struck[.names] > 0)
  }

  /// Of several addresses one after the other is tried.
  @Test func allAddressesOfANameAreTried() throws {
    let relays = try Relays(24, .quiet, isNamed: true)
    let nobody = try #require(Address("10.9.9.9:1"))
    relays.world.name("exit.example", [nobody, nobody, relays.exit.address(port: 1)])
    relays.world.run(for: .s(600))
    try relays.connect()
    relays.ask([3])
    relays.listen(for: .s(10))
    #expect(relays.answers == [[3]])
  }

  private static let rough = FaultPlan.of(
    (.loss, .percent(2)), (.latency, .percent(2)), (.segment, .percent(30)), (.partial, .percent(30)))

  @Test("fault 4: frames that come in pieces of any size", arguments: [false, true])
  func aRelayAnswersInOrder(_ isRough: Bool) throws {
    func run() throws -> (answers: [[UInt8]], digest: Bytes32) {
      let relays = try Relays(21, isRough ? Self.rough : .quiet)
      try relays.connect()
      for number in 0..<100 { relays.ask(pattern(1 + number * 37, from: number)) }
      for _ in 0..<200 where relays.answers.count < 100 { relays.listen(for: .ms(100)) }
      return (relays.answers, relays.world.trace.digest)
    }
    let (one, other) = (try run(), try run())
    #expect(one.answers == (0..<100).map { pattern(1 + $0 * 37, from: $0) })
    #expect(one.digest == other.digest)
  }

  @Test(arguments: [SimHost.Crash.killed, .power])
  func aRelayFindsItsNextOneAgain(_ how: SimHost.Crash) throws {
    let relays = try Relays(22, .quiet)
    try relays.connect()
    relays.ask([1, 2, 3])
    relays.listen(for: .s(1))
    #expect(relays.answers == [[1, 2, 3]])
    relays.exit.crash(how)
    relays.world.run(for: .s(1))
    try relays.exit.restart()
    relays.world.run(for: .s(60))
    try relays.connect()
    // After a loss of power the link looks whole until something is sent on it: that one is lost.
    if how == .power {
      relays.ask([9])
      relays.listen(for: .s(10))
      #expect(relays.answers.isEmpty)
      try relays.connect()
    }
    relays.ask([4, 5])
    relays.listen(for: .s(2))
    #expect(relays.answers == [[4, 5]])
  }
}
