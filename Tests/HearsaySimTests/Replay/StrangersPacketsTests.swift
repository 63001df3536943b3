import MixHost
import MixNet
import SimNet
import Sphinx
import Testing

@testable import HearsaySim

/// A mix is not charged for what strangers put inside packets: a client can make packets that are valid at the first hop and broken
/// for the second one, and would have the second shut the first one out if it were.
@Suite struct StrangersPacketsTests {
  private static let count = 400

  /// Packets that the first mix passes on and the second one refuses: for another key, for a hop that nobody is, with another
  /// payload, and the same inner packet for ever.
  private func packets(_ scene: CrashScene) throws -> [[UInt8]] {
    var random = RandomStream(seed: Seed(1))
    var sender = SphinxSender()
    let keys = try scene.directory.nodes.map {
      try SphinxPublicKey(try #require($0.key("sphinx", at: WallTime(ns: 0))))
    }
    let wrong = SphinxPublicKey(of: SphinxSecretKey(random: &random))
    let addresses = scene.directory.nodes.map(\.address)
    return try (0..<Self.count).map { number in
      var hops = [SphinxHop(key: keys[0], address: addresses[0], delay: .zero)]
      let isForged = number % 3 == 0
      hops.append(SphinxHop(key: isForged ? wrong : keys[1], address: addresses[1], delay: .zero))
      // Nobody has this address.
      if number % 3 == 1 { hops.append(SphinxHop(key: wrong, address: Fingerprint.of("nobody"), delay: .zero)) }
      var packet = [UInt8](repeating: 0, count: SphinxSize.regular.packet)
      var span = packet.mutableSpan
      let recipient = SphinxRecipient(destination: Fingerprint.service("sink"), identifier: Bytes16())
      try sender.create(
        &span, message: [1, 2, 3].span, along: hops.span, to: recipient, version: .v260, random: &random)
      if number % 3 == 2 { packet[packet.count - 1] ^= 1 }
      return packet
    }
  }

  @Test("packets that are valid at the first hop and broken for the second") func nobodyIsBlamed() throws {
    let scene = try CrashScene(11, replay: "")
    // The link between the mixes comes up with the first packet.
    let honest = try scene.packets(2)
    scene.send(honest[1])
    scene.world.run(for: .s(2))
    let linkBefore = try link(scene)
    #expect(scene.passed[1].count == 1)
    for packet in try packets(scene) {
      scene.send(packet)
      scene.world.run(for: .ms(2))
    }
    scene.world.run(for: .s(5))
    let (first, second) = (try #require(scene.status(0)), try #require(scene.status(1)))
    // All of them went through the first mix, which counts no fault of its own or of its client's.
    #expect(first.chains[0].dropped.isEmpty && first.chains[0].count(.written) == UInt64(Self.count + 1))
    // The second one counts each, for what it is.
    var reasons: [String: Int] = [:]
    for drop in second.chains[0].dropped { reasons[drop.reason, default: 0] += Int(drop.count) }
    #expect(reasons["bad_mac"] == 134 && reasons["unknown_hop"] == 133 && reasons["bad_payload"] == 133, "\(reasons)")
    // The link is the one that it was: up, never closed, nothing refused.
    #expect(scene.passed[0].linksDown == 0 && scene.passed[1].linksDown == 0)
    let linkAfter = try link(scene)
    #expect(linkAfter.id == linkBefore.id && linkAfter.state == "up")
    #expect(linkAfter.connects == 1 && linkAfter.dropped == 0)
    #expect(second.linksRefused.isEmpty && second.chains[0].count(.received) == UInt64(Self.count + 1))
    // And honest packets take it.
    let before = scene.passed[1].count
    scene.send(try scene.packets(12)[6])
    scene.world.run(for: .s(1))
    #expect(scene.passed[1].count == before + 1)
  }

  /// The second mix's link on which the first one sends.
  private func link(_ scene: CrashScene) throws -> LinkStatus {
    let links = try #require(scene.status(1)).links
    return try #require(links.first { $0.peer == scene.directory.nodes[0].address && !$0.isDialled })
  }
}
