import LinuxNet
import MixNet
import Testing

@testable import MixHost

/// Links are read and written no faster than they may be, and nothing is lost by that.
@Suite struct RateTests {
  /// A plain exit that gives every request back.
  private func relay(_ links: String) throws -> TestNode {
    try TestNode(
      """
      [chain.relay]
      listen = "127.0.0.1:0"
      decode = ["plain"]
      forward = ["circuit"]
      [circuit]
      type = "exit"
      [links]
      \(links)
      """)
  }

  /// Sends `count` requests of 1,004 bytes with their headers, and reads all answers; how long that took.
  private func exchange(_ count: Int, _ wires: [Wire]) throws -> Nanos {
    let began = SystemClock().now
    for wire in wires { wire.send((0..<count).flatMap { raw(sample(1_000, UInt64($0))) }) }
    for wire in wires {
      for number in 0..<count { try #require(wire.frame(within: 60) == sample(1_000, UInt64(number))) }
    }
    return SystemClock().now - began
  }

  /// A second's worth, less a quarter that is free at the start and a quarter that may be owed at the end.
  @Test(arguments: [
    "read_bytes_per_s = 100_000", "write_bytes_per_s = 100_000", "read_frames_per_s = 100", "write_frames_per_s = 100",
  ])
  func oneLinkKeepsItsRate(_ limit: String) throws {
    let relay = try relay(limit)
    let wire = try Wire(try relay.address("relay"))
    let took = try exchange(100, [wire])
    #expect(took >= .ms(450), "\(took)")
    // Another one has a rate of its own.
    let other = try Wire(try relay.address("relay"))
    #expect(try exchange(20, [other]) < .s(30))
  }

  @Test(arguments: [
    "read_all_bytes_per_s = 100_000", "write_all_bytes_per_s = 100_000", "read_all_frames_per_s = 100",
    "write_all_frames_per_s = 100",
  ])
  func allLinksShareOneRate(_ limit: String) throws {
    let relay = try relay(limit)
    let wires = try (0..<4).map { _ in try Wire(try relay.address("relay")) }
    let took = try exchange(25, wires)
    #expect(took >= .ms(450), "\(took)")
  }

  /// A node that sends more than the next one reads is not told that it is dead: its pings lie behind its packets.
  @Test func whoIsHeldBackHearsThatTheOtherLives() throws {
    let links = "ping_interval_ms = 100\nping_timeout_ms = 500\nping_timeout_min_ms = 500\nlink_age_max_ms = 600_000"
    let network = try MixNetwork(2, extra: "[links]\n\(links)", starting: false)
    let first = try network.start(0)
    let file = "\(network.folder.path)/net/mix-2/plugins.toml"
    let text = String(decoding: try readFile(file, limit: 1 << 20).bytes, as: UTF8.self)
    try writeFile(
      file, Array(text.replacing("[links]\n", with: "[links]\nread_bytes_per_s = 200_000\n").utf8), mode: 0o600)
    let second = try network.start(1)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try first.address("mix"))
    let count = 400
    for number in 0..<count as Range<Int> {
      source.send(try factory.packet(request(sample(9, UInt64(number))), along: [0, 1], to: "sink"))
    }
    try eventually("all arrive") { try second.chain().served == count }
    #expect(try first.status().links.allSatisfy { $0.connects <= 1 })
    #expect(try first.chain().dropped.isEmpty)
  }

  /// A frame that is larger than what a quarter of a second brings counts whole.
  @Test(arguments: ["read_bytes_per_s = 2_000", "write_bytes_per_s = 2_000"])
  func largeFramesKeepTheRateToo(_ limit: String) throws {
    let relay = try relay(limit)
    let wire = try Wire(try relay.address("relay"))
    let took = try exchange(5, [wire])
    #expect(took >= .ms(1_500), "\(took)")
  }

  /// Peers that are made to wait are not taken for dead, by neither side.
  @Test func whoWaitsIsNotDead() throws {
    let extra =
      "[links]\nread_bytes_per_s = 20_000\nping_interval_ms = 100\nping_timeout_ms = 2_000\n"
      + "ping_timeout_min_ms = 1_000\nlink_age_max_ms = 600_000"
    let network = try MixNetwork(2, extra: extra)
    let factory = try PacketFactory(network)
    let client = try ClientWire(try network[0].address("clients"), clientKey(1))
    for number in 0..<30 as Range<UInt64> {
      client.send(try factory.packet(request(sample(9, number)), along: [0, 1], to: "sink"))
    }
    try eventually("all arrive") { try network[1].chain().served == 30 }
    let links = try network[0].status().links + network[1].status().links
    #expect(links.allSatisfy { $0.connects <= 1 })
    try network.settle()
  }
}
