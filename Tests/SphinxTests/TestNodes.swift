import MixNet
import Testing

@testable import Sphinx

/// Nodes with keys and addresses, and shorter ways to call the format from a test.
struct TestNodes {
  var keys: [SphinxSecretKey]
  var hops: [SphinxHop]
  var recipient: SphinxRecipient
  var version: SphinxVersion

  /// `count` nodes that follow from `seed`.
  init(_ count: Int, seed: UInt64, version: SphinxVersion = .v259) {
    var random = RandomStream(seed: Seed(seed).derived("nodes"))
    keys = (0..<count).map { _ in SphinxSecretKey(random: &random) }
    hops = keys.map { key in
      SphinxHop(key: SphinxPublicKey(of: key), address: bytes32(&random), delay: Nanos(random.next()))
    }
    let identifier = Bytes16(words: [random.next() | 1, random.next()])
    recipient = SphinxRecipient(destination: bytes32(&random), identifier: identifier)
    self.version = version
  }

  /// The nodes, hops and choices of a vector.
  init(_ vector: Vector) throws {
    keys = try vector.nodePrivateKeys.map { try SphinxSecretKey($0.bytes.span) }
    hops = []
    for i in keys.indices {
      let key = try SphinxPublicKey(Bytes32(vector.nodePublicKeys[i].bytes))
      let address = Bytes32(vector.nodeAddresses[i].bytes)
      hops.append(SphinxHop(key: key, address: address, delay: Nanos(vector.delaysNanos[i])))
    }
    recipient = SphinxRecipient(
      destination: Bytes32(vector.destination.bytes),
      identifier: Bytes16(vector.identifier.bytes))
    version = try #require(SphinxVersion(rawValue: vector.version))
  }

  /// A packet over all nodes.
  func packet(_ message: [UInt8], size: SphinxSize, seed: UInt64) throws -> [UInt8] {
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(seed).derived("packet"))
    var packet = [UInt8](repeating: 0xee, count: size.packet)
    var span = packet.mutableSpan
    try sender.create(
      &span, message: message.span, along: hops.span, to: recipient, version: version, random: &random)
    return packet
  }

  /// Takes a packet through all nodes, checks every forward hop, and gives what the last one made of it.
  func deliver(_ packet: [UInt8]) throws -> (hop: FinalHop, payload: [UInt8]) {
    var packet = packet
    for (i, key) in keys.enumerated() {
      switch try key.unwrap(packet) {
      case .forward(let hop, let next):
        try #require(i < keys.count - 1)
        #expect(hop.nextHop == hops[i + 1].address && hop.delay == hops[i].delay && hop.version == version)
        packet = next
      case .final(let hop, let payload):
        try #require(i == keys.count - 1)
        return (hop, payload)
      }
    }
    throw SphinxRefusal.badRoute
  }
}

func bytes32(_ random: inout RandomStream) -> Bytes32 {
  Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
}

func bytes(_ count: Int, _ random: inout RandomStream) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var span = bytes.mutableSpan
  random.fill(&span)
  return bytes
}

/// The message in a payload that a service received, or nil.
func message(in payload: [UInt8]) -> [UInt8]? { SphinxPayload.message(in: payload.span).map { Array(payload[$0]) } }

extension SecretBuffer {
  /// A copy, for a test to look at.
  func revealed(_ range: Range<Int>? = nil) -> [UInt8] { (range ?? 0..<count).map { self[$0] } }
}

/// One X25519.
func product(_ scalar: [UInt8], _ point: [UInt8]) -> [UInt8] {
  var product = [UInt8](repeating: 0xaa, count: 32)
  var span = product.mutableSpan
  SodiumMultiplier().multiply(scalar.span, point.span, into: &span)
  return product
}

/// The 288 bytes of a hop's key derivation.
func expanded(_ secret: [UInt8]) -> [UInt8] {
  var crypto = PacketCrypto()
  let secret = SecretBuffer(secret.span)
  var keys = SecretBuffer(count: KeyLayout.total)
  crypto.expandFirst(0..<32, of: secret, into: &keys)
  crypto.expandRest(into: &keys)
  return keys.revealed()
}

/// `bytes` with one bit turned over.
func flipped(_ bytes: [UInt8], bit: Int) -> [UInt8] {
  var bytes = bytes
  bytes[bit / 8] ^= 1 << (bit % 8)
  return bytes
}

/// Why `body` refused a packet; nil when it did not.
func refusal(_ body: () throws -> Void) -> SphinxRefusal? {
  do {
    try body()
    return nil
  } catch { return error as? SphinxRefusal }
}
