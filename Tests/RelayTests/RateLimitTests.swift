import MixHost
import MixHostTesting
import MixNet
import Testing

@testable import Relay

/// What comes too fast is dropped, by link and in all, in packets and in bytes.
@Suite struct RateLimitTests {
  private static let none = "link_packets_per_s = 0\n"

  /// What each of these packets, all at one time, was dropped for.
  private func drops(_ config: String, _ packets: [SamplePacket]) throws -> [DropReason?] {
    try StageConformance(.rateLimit, config: "[rate_limit]\n" + config).fates(of: packets).packets.map(\.dropReason)
  }

  private func packets(_ count: Int, size: Int = 100, links: Int = 1) -> [SamplePacket] {
    (0..<count).map { SamplePacket([UInt8](repeating: 7, count: size), link: $0 % links) }
  }

  @Test(arguments: [
    "link_packets_per_s = 20\nburst_ms = 500", "link_packets_per_s = 0\nlink_bytes_per_s = 10_000\nburst_ms = 100",
  ])
  func oneLinkMayNotBringMoreThanItsBurst(_ config: String) throws {
    // Ten packets, or a thousand bytes, which are less than one of the largest packets: that much may always come.
    let drops = try drops(config, packets(50))
    let passed = drops.prefix { $0 == nil }.count
    #expect(passed == (config.contains("bytes") ? StageConformance.frameMax / 100 : 10))
    #expect(drops[passed...].allSatisfy { $0 == .rateLimited })
  }

  @Test func eachLinkHasARateOfItsOwn() throws {
    let drops = try drops("link_packets_per_s = 20\nburst_ms = 500", packets(48, links: 4))
    #expect(drops.prefix(40).allSatisfy { $0 == nil })
    #expect(drops[40...].allSatisfy { $0 == .rateLimited })
  }

  @Test(arguments: ["all_packets_per_s = 30", "all_bytes_per_s = 3_000"])
  func allLinksShareOneRate(_ config: String) throws {
    let drops = try drops(Self.none + config, packets(48, links: 4))
    #expect(drops.prefix(30).allSatisfy { $0 == nil })
    #expect(drops[30...].allSatisfy { $0 == .rateLimited })
  }

  /// A link that is over its rate takes nothing from the others.
  @Test func whatIsDroppedCountsAgainstNoRate() throws {
    let flood = packets(40)
    let others = (0..<20).map { SamplePacket([UInt8](repeating: 7, count: 100), link: 1 + $0 % 3) }
    let drops = try drops("link_packets_per_s = 10\nall_packets_per_s = 30", flood + others)
    #expect(drops[..<40].count { $0 == nil } == 10)
    #expect(drops[40...].allSatisfy { $0 == nil })
  }

  @Test func withoutRatesAllMayCome() throws {
    #expect(try drops(Self.none, packets(400)).allSatisfy { $0 == nil })
  }

  @Test(arguments: [
    "", "link_packets_per_s = 0", "link_packets_per_s = 5", "link_bytes_per_s = \"100 KiB\"",
    "all_packets_per_s = 500\nall_bytes_per_s = 1_000_000", "links_remembered_max = 16\nburst_ms = 20",
  ])
  func conforms(_ config: String) throws {
    try StageConformance(.rateLimit, config: "[rate_limit]\n" + config).run()
  }
}

/// The gate itself, over time.
@Suite struct RateGateTests {
  private let start = Instant(ns: 5_000_000_000)

  private func gate(_ packets: UInt64, _ bytes: UInt64, burst: Nanos = .ms(1_000), sizeMax: Int = 100) -> RateGate {
    RateGate(.init(packets: packets, bytes: bytes, burst: burst, sizeMax: sizeMax), now: start)
  }

  /// How many packets of a size pass at one time.
  private func passing(_ gate: inout RateGate, _ size: Int, _ now: Instant) -> Int {
    var count = 0
    while count < 10_000, gate.fits(size, now) {
      gate.pass(size, now)
      count += 1
    }
    return count
  }

  @Test func packetsComeBackWithTime() {
    var gate = gate(10, 0)
    #expect(passing(&gate, 1, start) == 10)
    #expect(passing(&gate, 1, start + .ms(99)) == 0)
    #expect(passing(&gate, 1, start + .ms(100)) == 1)
    #expect(passing(&gate, 1, start + .ms(600)) == 5)
    #expect(passing(&gate, 1, start + .s(3_600)) == 10)
  }

  /// What does not fit into one takes nothing from the other.
  @Test func bothMustHaveRoom() {
    var gate = gate(10, 500)
    #expect(passing(&gate, 100, start) == 5)
    #expect(!gate.fits(1, start))
    #expect(passing(&gate, 50, start + .ms(100)) == 1)
    var other = self.gate(3, 1_000)
    #expect(passing(&other, 10, start) == 3)
    #expect(passing(&other, 900, start + .ms(400)) == 1)
  }

  @Test func thePacketThatIsLargestAlwaysHasItsTurn() {
    var gate = gate(0, 10, burst: .ms(1), sizeMax: 2_000)
    #expect(passing(&gate, 2_000, start) == 1)
    #expect(passing(&gate, 2_000, start + .s(199)) == 0)
    #expect(passing(&gate, 2_000, start + .s(200)) == 1)
  }

  @Test func noNumberTraps() {
    var gate = RateGate(.init(packets: .max, bytes: .max, burst: Nanos(.max), sizeMax: .max), now: .zero)
    gate.pass(.max, .never)
    gate.pass(-1, .zero)
    _ = gate.fits(.max, .never)
  }

  /// The most silent link is forgotten for a new one; the others keep what they have used.
  @Test func linksAreRememberedUpToABound() {
    let rate = RateGate.Rate(packets: 1, bytes: 0, burst: .s(1), sizeMax: 100)
    var gates = LinkGates(rate, linksMax: 3)
    func passes(_ link: Int, _ ms: UInt64) -> Bool {
      let now = start + .ms(ms)
      let place = gates.place(of: StageConformance.link(link), now)
      guard gates.fits(1, at: place, now) else { return false }
      gates.pass(1, at: place, now)
      return true
    }
    let first = [passes(0, 0), passes(1, 1), passes(2, 2), passes(0, 3), passes(1, 4)]
    #expect(first == [true, true, true, false, false])
    // The fourth takes the place of the third, which has been silent the longest.
    let second = [passes(3, 5), passes(0, 6), passes(1, 7), passes(2, 8)]
    #expect(second == [true, false, false, true])
    #expect(gates.count == 3)
  }
}
