import MixNet
import Testing

@testable import MixHost

/// What a node that was dialled may try: the link is cut, nothing behind the fault is read, and the next try begins anew.
@Suite struct DialledLinkTests {
  private let network: MixNetwork
  private let mix: TestNode
  private let next: Listener
  private let source: PeerWire

  /// A mix that has just been given a packet for a node in the hands of the test.
  init() throws {
    network = try MixNetwork(2, extra: quickLinks + "link_age_max_ms = 60_000", starting: false)
    mix = try network.start(0)
    next = try Listener(try #require(network.directory.nodes[1].listens("mix")))
    source = try PeerWire(try mix.address("mix"))
    source.send(try PacketFactory(network).packet(request([1]), along: [0, 1], to: "sink"))
  }

  /// Frames that would be taken, were the link still open: packets, then half a header.
  private static let more: [UInt8] = (0..<20).flatMap { peer(.data, sample(2_413, $0)) } + [0, 0, 9] as [UInt8]

  @Test(arguments: ["header", "close", "second hello"])
  func nothingBehindTheFaultIsRead(_ fault: String) throws {
    let bad = try PeerWire(accepting: try next.accept(), as: network.address(1))
    #expect(PeerWire.frame(bad.wire)?.kind == FrameKind.data.rawValue)
    let frame: [UInt8] =
      switch fault {
      case "header": [255, 255, 255, 255, 1]
      case "close": peer(.close)
      default: peer(.hello, [1, 2, 3])
      }
    bad.wire.send(frame + Self.more)
    try expectNewLink(faults: fault == "close" ? 0 : 1)
  }

  @Test func nothingBehindABadHelloIsRead() throws {
    let bad = try next.accept()
    bad.send(peer(.hello, [1, 2, 3]) + Self.more)
    #expect(bad.end() != nil)
    try expectNewLink(faults: 1, packets: 2)
  }

  /// The next link comes up at the first try, and brings what has waited and what follows.
  private func expectNewLink(faults: Int, packets: Int = 1) throws {
    let good = try PeerWire(accepting: try next.accept(), as: network.address(1))
    source.send(try PacketFactory(network, seed: 2).packet(request([2]), along: [0, 1], to: "sink"))
    for _ in 0..<packets { #expect(PeerWire.frame(good.wire)?.kind == FrameKind.data.rawValue) }
    #expect(good.answersPings())
    let chain = try settled(mix).chains[0]
    #expect(chain[.received] == 2 && chain.aside(.malformed, by: "link_in") == faults)
  }
}
