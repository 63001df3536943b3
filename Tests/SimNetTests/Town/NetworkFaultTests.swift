import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Networks that are parted, and networks that lose, hold back and damage what they carry.
@Suite struct NetworkFaultTests {
  enum Cut: CaseIterable { case halves, oneAlone, asymmetric, blackHole, swizzle }

  @Test(
    "fault 32: five ways to part six nodes for half a minute, and all reach each other again", arguments: Cut.allCases)
  func aNetworkIsParted(_ cut: Cut) throws {
    let town = Town(32, 6)
    try town.startAll()
    town.world.run(for: .s(1))
    var letter: UInt32 = 0
    func talk(_ seconds: Int) throws -> Int {
      var most = 0
      for _ in 0..<4 * seconds {
        for from in 0..<6 {
          town.send(letter, from: from, to: (from + 1 + Int(letter) % 5) % 6, size: 500)
          letter += 1
        }
        town.world.run(for: .ms(250))
      }
      for number in 0..<6 { most = max(most, try town.underWay(number)) }
      return most
    }
    let quiet = try talk(5)
    let hosts = town.hosts
    switch cut {
    case .halves: town.world.part(Array(hosts[..<3]), Array(hosts[3...]))
    case .oneAlone: town.world.isolate(hosts[2])
    case .asymmetric: town.world.part(Array(hosts[..<2]), Array(hosts[2...]), oneWay: true)
    case .blackHole: town.world.cut(from: hosts[0], to: hosts[1])
    case .swizzle: town.world.swizzle(Array(hosts[..<4]), for: .s(30))
    }
    var most = 0
    for _ in 0..<3 { most = max(most, try talk(10)) }
    #expect(most <= quiet + 200, "\(most) packets are kept")
    town.world.heal()
    let apart = town.apart(after: .s(60), letter: 50_000_000)
    #expect(apart.isEmpty, "60 s after the healing nothing has come from \(apart)")
    town.world.run(for: .s(5))
    for number in 0..<6 { #expect(try town.underWay(number) == 0) }
    for post in town.posts { #expect(Set(post.came).count == post.count) }
  }

  @Test(
    "fault 33: three tenths of all packets are lost, many come late, cut short or damaged", arguments: [false, true])
  func aNetworkLosesAndDamages(_ damages: Bool) throws {
    // Patience with the network: by its usual numbers a node would rather call anew than wait for what is sent again.
    let patient = """
      [links]
      link_age_max_ms = 600_000
      frame_timeout_ms = 600_000
      stall_timeout_ms = 600_000
      ping_timeout_ms = 600_000
      ping_timeout_min_ms = 600_000
      """
    let town = Town(33, 2, extra: patient)
    try town.startAll()
    town.world.run(for: .s(1))
    var plan = FaultPlan.of(
      (.loss, .percent(30)), (.latency, .percent(20)), (.segment, .percent(50)), (.partial, .percent(50)))
    if damages { plan[.flip] = .percent(1) }
    town.world.faults = plan
    let count: UInt32 = 500
    for letter in 0..<count {
      town.send(letter, from: 0, to: 1, size: 300)
      town.world.run(for: .ms(20))
    }
    _ = town.world.run(for: .s(600)) { town.posts[1].count >= Int(count) }
    let came = town.letters(at: 1)
    #expect(Set(town.posts[1].came).count == town.posts[1].count, "something came twice")
    #expect(came == came.sorted())
    let sent = try town.status(0).chains[0]
    let lost = sent.dropped.reduce(0) { $0 + Int($1.count) }
    if damages {
      // A bit that the checksum missed may end a link: what was under way on it is lost with it.
      #expect(town.world.struck[.flip] > 0 && came.count > 20)
    } else {
      #expect(lost == 0)
      let links = try town.status(0).links
      #expect(came == Array(0..<count), "\(came.count) came; \(links)")
    }
    town.world.stopFaults()
    #expect(town.reaches(0, 1, within: .s(60)))
  }
}
