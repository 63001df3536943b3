import LinuxNet
import MixNet
import Testing

@testable import MixHost
@testable import Sphinx

/// Frames between mixes that are cut short, and whole ones that hold packets of no good.
@Suite struct PeerFrameTests {
  private let network: MixNetwork
  private let mix: TestNode
  private let factory: PacketFactory

  init() throws {
    network = try MixNetwork(1, extra: "[links]\nlinks_max = 400")
    mix = try network[0]
    factory = try PacketFactory(network)
  }

  private func link() throws -> PeerWire { try PeerWire(try mix.address("mix")) }

  /// A packet is cut within its header, and then here and there, by an end and by a reset.
  @Test("fault 1: a Sphinx packet that is cut short")
  func packetsCutShortLeaveNothingBehind() throws {
    let frame = peer(.data, try factory.packet(request([1]), along: [0], to: "sink"))
    let cuts = Array(0..<12) + Array(stride(from: 12, to: frame.count, by: 150)) + [frame.count - 1]
    for cut in cuts {
      let (ending, cutting) = (try link(), try link())
      for wire in [ending, cutting] { wire.wire.send(Array(frame[..<cut])) }
      ending.wire.finish()
      cutting.wire.reset()
      #expect(ending.wire.end() != nil)
    }
    try eventually("no link is left") { try mix.status().links.isEmpty }
    let status = try settled(mix)
    #expect(status.chains[0][.received] == 0)
    // Both ways of each cut but the first, which is before the packet.
    #expect(status.closed(.truncated) == 2 * (cuts.count - 1) && status.closedInAll == 2 * cuts.count)
    // The same packet, whole: nobody has seen it before.
    let wire = try link()
    wire.wire.send(frame)
    try eventually("it is served") { try mix.chain().served == 1 }
    try network.settle()
  }

  /// An authentic header of a version that nobody speaks. Its sender may be anyone, so the link stays.
  @Test(arguments: [0, 257, 261, 65_535])
  func unknownVersionIsDropped(_ version: Int) throws {
    var packet = try factory.packet(request([1]), along: [0], to: "sink")
    let keys = try hopKeys(of: packet)
    // Beta is encrypted by a stream, so its bits can be turned over; then it is signed anew.
    let change = version ^ Int(SphinxVersion.v260.rawValue)
    let at = Layout.beta.lowerBound + Layout.version.lowerBound
    packet[at + 1] ^= UInt8(change >> 8)
    packet[at + 2] ^= UInt8(change & 0xff)
    let mac = headerMAC(KeyLayout.mac, of: keys, over: packet.span.extracting(Layout.beta))
    for i in 0..<Layout.mac.count { packet[Layout.mac.lowerBound + i] = mac[i] }
    let wire = try link()
    wire.send(packet)
    #expect(wire.answersPings())
    let chain = try settled(mix).chains[0]
    #expect(chain.dropped(.unknownVersion, by: "sphinx") == 1 && chain.lost == 1)
  }

  /// What the node derives for its hop, from its secret key.
  private func hopKeys(of packet: [UInt8]) throws -> SecretBuffer {
    let path = network.folder.path + "/net/mix-1/state/sphinx.key"
    var digits = try readFile(path, limit: 100).bytes
    var scalar = [UInt8](repeating: 0, count: 32)
    var span = scalar.mutableSpan
    try #require(Hex.withSecret(&digits, { try? SphinxSecretKey($0) })).reveal(into: &span)
    var secret = [UInt8](repeating: 0, count: 32)
    var product = secret.mutableSpan
    SodiumMultiplier().multiply(scalar.span, packet.span.extracting(Layout.alpha), into: &product)
    var crypto = PacketCrypto()
    var keys = SecretBuffer(count: KeyLayout.total)
    crypto.expandFirst(0..<32, of: SecretBuffer(secret.span), into: &keys)
    crypto.expandRest(into: &keys)
    return keys
  }
}
