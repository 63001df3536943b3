import MixHost
import MixNet
import SimNet
import Sphinx
import Testing

@testable import HearsaySim

/// What a sender may write into a packet that nobody honest would: two real mixes do as the packet says as far as they may, and
/// count the rest.
@Suite struct OddPacketsTests {
  private let scene: CrashScene
  private let keys: [SphinxPublicKey]

  init() throws {
    scene = try CrashScene(21)
    keys = try scene.directory.nodes.map { try SphinxPublicKey(try #require($0.key("sphinx", at: WallTime(ns: 0)))) }
  }

  /// Sends packets along these mixes, each of which is asked to hold them for so long; the last hop may be nobody.
  private func send(_ count: Int, along route: [Int], delay: Nanos = .zero, isLost: Bool = false) throws {
    // Of its own for each way: packets that begin alike would be taken for copies.
    let seed = route.reduce(1) { $0 * 3 + UInt64($1) }
    var random = RandomStream(seed: Seed(seed << 32 | delay.ns & 0xffff))
    var sender = SphinxSender()
    var hops = route.map { SphinxHop(key: keys[$0], address: scene.directory.nodes[$0].address, delay: delay) }
    if isLost { hops.append(SphinxHop(key: keys[0], address: Fingerprint.of("nobody"), delay: .zero)) }
    for _ in 0..<count {
      var packet = [UInt8](repeating: 0, count: SphinxSize.regular.packet)
      var span = packet.mutableSpan
      let recipient = SphinxRecipient(destination: Fingerprint.service("sink"), identifier: Bytes16())
      try sender.create(
        &span, message: TestMessage(number: 1, data: [1], block: []).bytes.span, along: hops.span, to: recipient,
        version: .v260, random: &random)
      scene.send(packet)
      scene.world.run(for: .ms(1))
    }
  }

  private func chain(_ mix: Int) throws -> ChainStatus { try #require(scene.status(mix)?.chains.first) }

  private func dropped(_ mix: Int) throws -> [String: Int] {
    var reasons: [String: Int] = [:]
    for drop in try chain(mix).dropped { reasons[drop.reason, default: 0] += Int(drop.count) }
    return reasons
  }

  private func served(_ mix: Int) throws -> Int { try chain(mix).consumed.reduce(0) { $0 + Int($1.count) } }

  /// What came is what went, and nothing stays.
  private func settle() throws {
    scene.world.run(for: .s(3))
    for mix in 0..<2 {
      let chain = try chain(mix)
      let went =
        chain.count(.forwarded)
        + (chain.consumed + chain.dropped.filter { $0.stage != "link_out" })
        .reduce(0) { $0 + $1.count }
      #expect(chain.held == 0 && chain.queued == 0 && chain.count(.received) + chain.count(.injected) == went)
    }
  }

  @Test(
    "fault 31: a delay of ten hours, or as long as the field allows",
    arguments: [Nanos.s(36_000), Nanos(1 << 63), Nanos(.max)])
  func absurdDelays(_ delay: Nanos) throws {
    try send(20, along: [0, 1], delay: delay)
    scene.world.run(for: .ms(9_900))
    #expect(try chain(0).held == 20 && chain(1).count(.received) == 0)
    // The node's own limit, ten seconds.
    scene.world.run(for: .s(1))
    #expect(try chain(0).held == 0 && served(1) == 20)
    try settle()
  }

  /// The memory is what it is: what finds no room is shed and counted, and there is room again.
  @Test("fault 31: more packets with long delays than there is room for") func theHoldIsBounded() throws {
    try send(600, along: [0, 1], delay: Nanos(.max))
    let held = try chain(0).held
    #expect(held > 100 && held <= 256)
    // The client is made to wait meanwhile; what it still has comes when there is room again.
    scene.world.run(for: .s(120))
    try send(5, along: [0, 1])
    try settle()
    let (arrived, shed) = (try served(1), try dropped(0))
    #expect(arrived + shed.values.reduce(0, +) == 605 && arrived >= held + 5, "\(arrived), \(shed)")
  }

  @Test("fault 31: to itself, in circles, and to nobody") func oddWays() throws {
    try send(10, along: [0, 0, 1, 0, 1])
    try send(10, along: [0, 1, 0, 1])
    try send(10, along: [0], isLost: true)
    try send(10, along: [0, 1, 0], isLost: true)
    try settle()
    let (first, second) = (try dropped(0), try dropped(1))
    #expect(first == ["unknown_hop": 20] && second == [:], "\(first), \(second)")
    let served = try served(1)
    #expect(served == 20)
  }
}
