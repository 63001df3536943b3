import MixNet

@testable import Sphinx

/// A point's product at no cost: the point with every bit turned. It leaves out X25519 alone, so that a fuzzer reaches all
/// that lies behind it a hundred times as often.
private struct CheapMultiplier: PointMultiplier {
  let name = "cheap"
  func multiply(_ scalars: Span<UInt8>, _ points: Span<UInt8>, into products: inout MutableSpan<UInt8>) {
    for i in points.indices { products[i] = ~points[i] }
  }
  func multiplyBase(_ scalars: Span<UInt8>, into points: inout MutableSpan<UInt8>) {
    for i in scalars.indices { points[i] = ~scalars[i] }
  }
}

extension FuzzTarget {
  /// A peer or a client: a packet's header, first as it comes, then with a mac that is right, so that what is decrypted is
  /// what the input says: all versions, flags, addresses and delays.
  static let headers = FuzzTarget(
    name: "headers", summary: "peers and clients: a Sphinx header and payload, at a cheap multiplication",
    sizeMax: 2_600,
    seeds: { vectors in
      var seeds: [[UInt8]] = []
      for packet in vectors.packets {
        for route in packet.routes { seeds.append([1] + [UInt8](repeating: 5, count: 32) + route.prefix(300)) }
        for bytes in packet.incoming { seeds.append([0] + bytes) }
      }
      return seeds
    }
  ) {
    do {
      var forge = try HeaderForge()
      return { forge.run(Input($0)) }
    } catch { fatalError("\(error)") }
  }

  /// A peer or a client: whole packets, with the real multiplication, at nodes whose keys are the vectors'.
  static let unwrap = FuzzTarget(
    name: "unwrap", summary: "peers and clients: whole Sphinx packets, at the real multiplication", sizeMax: 2_500,
    seeds: { vectors in
      vectors.packets.flatMap { packet in
        zip(packet.privateKeys, packet.incoming).map { key, bytes in key + bytes }
      }
    }
  ) {
    { input in
      guard input.count >= 32, let key = try? SphinxSecretKey(input.span.extracting(0..<32)) else { return }
      let packet = Array(input[32...])
      guard let unwrapped = try? key.unwrap(packet) else { return }
      switch unwrapped {
      case .forward(_, let onward): check(onward.count == packet.count, "the packet has another size")
      case .final(_, let payload):
        check(payload.count == packet.count - SphinxSize.header, "the payload has another size")
        if let message = SphinxPayload.message(in: payload.span) {
          check(message.upperBound < payload.count, "no mark")
        }
      }
    }
  }
}

/// Makes headers that are authentic, and knows what a node must make of them.
private struct HeaderForge {
  private var unwrappers: [Int: Unwrapper] = [:]
  private let crypto = Crypto()

  /// An unwrapper in an array's place.
  private final class Unwrapper {
    var value: SphinxUnwrapper
    init(_ size: SphinxSize) throws {
      let key = try SphinxSecretKey([UInt8](repeating: 1, count: 32).span)
      let other = try SphinxSecretKey([UInt8](repeating: 2, count: 32).span)
      value = SphinxUnwrapper(
        keys: SphinxKeySet(key, other: other), size: size, capacity: 1, multiplier: CheapMultiplier())
    }
  }
  private final class Crypto {
    var value = PacketCrypto()
    var keys = SecretBuffer(count: KeyLayout.total)
    var secret = SecretBuffer(count: 32)
    var beta = SecretBuffer(count: Layout.stream)
  }

  init() throws {
    for payload in [38, 100, 2_065] { unwrappers[payload] = try Unwrapper(try SphinxSize(payload: payload)) }
  }

  mutating func run(_ input: Input) {
    var input = input
    let mode = input.byte()
    if mode & 1 == 0 {
      let packet = input.rest()
      guard let unwrapper = unwrappers[packet.count - SphinxSize.header] else { return }
      _ = unwrap(packet, unwrapper)
    } else {
      let payload = [38, 100, 2_065, 38][Int(mode >> 1) % 4]
      guard let unwrapper = unwrappers[payload] else { return }
      let alpha = input.padded(32)
      let plain = input.padded(Layout.beta.count)
      let packet = authentic(alpha, plain) + input.padded(payload)
      expect(plain, alpha: alpha, unwrap(packet, unwrapper))
    }
  }

  /// A header whose block is what `plain` says.
  private func authentic(_ alpha: [UInt8], _ plain: [UInt8]) -> [UInt8] {
    for i in 0..<32 { crypto.secret[i] = ~alpha[i] }
    crypto.value.expandFirst(0..<32, of: crypto.secret, into: &crypto.keys)
    crypto.value.expandRest(into: &crypto.keys)
    crypto.beta.copy(0..<plain.count, of: plain.span, to: 0)
    crypto.value.stream(KeyLayout.stream, of: crypto.keys, over: 0..<Layout.beta.count, of: &crypto.beta)
    let beta = (0..<Layout.beta.count).map { crypto.beta[$0] }
    let mac = headerMAC(KeyLayout.mac, of: crypto.keys, over: beta.span)
    return alpha + (0..<16).map { mac[$0] } + beta
  }

  /// Both phases; what the header says, and the packet afterwards.
  private func unwrap(_ bytes: [UInt8], _ unwrapper: Unwrapper) -> (header: SphinxHeader?, packet: [UInt8]) {
    var packet = bytes
    var secrets = [UInt8](repeating: 0, count: SphinxSecrets.size)
    unwrapper.value.beginHeaders()
    guard unwrapper.value.load(0, packet.span) == nil else { return (nil, packet) }
    var header: SphinxHeader?
    while unwrapper.value.exchange() {
      guard unwrapper.value.awaits(0) else { continue }
      var span = packet.mutableSpan
      var scratch = secrets.mutableSpan
      header = unwrapper.value.header(0, &span, &scratch)
    }
    switch header {
    case .forward, .final: finish(&packet, &secrets, unwrapper)
    case .refused: check(packet == bytes, "a refused packet is changed")
    case .undecided, nil: fatalError("a packet is left undecided")
    }
    return (header, packet)
  }

  private func finish(_ packet: inout [UInt8], _ secrets: inout [UInt8], _ unwrapper: Unwrapper) {
    unwrapper.value.beginPayloads()
    var span = packet.mutableSpan
    var scratch = secrets.mutableSpan
    unwrapper.value.payload(0, &span, &scratch)
    unwrapper.value.blind()
    if unwrapper.value.awaits(0) { unwrapper.value.alpha(0, &span) }
    unwrapper.value.end()
    check(secrets.allSatisfy { $0 == 0 }, "the scratch is not wiped")
  }

  private func expect(_ plain: [UInt8], alpha: [UInt8], _ outcome: (header: SphinxHeader?, packet: [UInt8])) {
    let isCanonical = Bytes32(alpha).isCanonicalPoint
    let isSpoken = plain[1] == 0 && plain[2] == 1 && (2...4).contains(plain[3])
    switch outcome.header {
    case nil: check(!isCanonical, "a canonical point is refused")
    case .refused(.lowOrderAlpha): check(alpha.allSatisfy { $0 == 255 }, "a point is taken for one of low order")
    case .refused(.unknownVersion): check(!isSpoken, "a version is not known")
    case .refused(.badRoute): check(isSpoken && plain[0] != 1 && plain[0] != 2, "a flag is not known")
    case .refused, .undecided: fatalError("an authentic header is refused")
    case .forward(let hop):
      check(isSpoken && plain[0] == 1, "no forward block")
      check(hop.nextHop == Bytes32(Array(plain[4..<36])), "another next hop")
      check(hop.delay.ns == plain[36..<44].reduce(0) { $0 << 8 | UInt64($1) }, "another delay")
      check(Array(outcome.packet[32..<48]) == Array(plain[44..<60]), "another mac")
      check(Array(outcome.packet[48..<288]) == Array(plain[60..<300]), "another beta")
    case .final(let hop):
      check(isSpoken && plain[0] == 2, "no final block")
      check(hop.recipient.destination == Bytes32(Array(plain[4..<36])), "another destination")
      check(hop.recipient.identifier == Bytes16(Array(plain[36..<52])), "another identifier")
    }
  }
}
