import MixNet
import Testing

@testable import Sphinx

/// Packets and replies of another implementation, byte for byte, with every intermediate value.
@Suite struct PacketVectorTests {
  @Test func publicKeys() throws {
    for vector in try SphinxVectors.packets() + SphinxVectors.surbs() {
      let nodes = try TestNodes(vector)
      #expect(nodes.keys.map(\.publicKey.array) == vector.nodePublicKeys.map(\.bytes))
      #expect(nodes.hops.map(\.key) == nodes.keys.map(SphinxPublicKey.init(of:)))
    }
  }

  @Test(arguments: try SphinxVectors.packets())
  func create(_ vector: Vector) throws {
    let nodes = try TestNodes(vector)
    var sender = SphinxSender()
    var packet = [UInt8](repeating: 0xee, count: SphinxSize.header + vector.payloadSize)
    var span = packet.mutableSpan
    try sender.create(
      &span, message: vector.message.bytes.span, along: nodes.hops.span, to: nodes.recipient, version: nodes.version,
      initialSecret: vector.initialSecret.bytes.span, finalPadding: vector.finalPadding.bytes.span)
    #expect(packet == vector.hops[0].packetIn.bytes)
    let tags = sender.tags
    #expect(tags == vector.hops.map { Bytes32($0.replayTag.bytes) })
  }

  @Test(arguments: try SphinxVectors.packets() + SphinxVectors.surbs())
  func senderIntermediates(_ vector: Vector) throws {
    let nodes = try TestNodes(vector)
    let hops = nodes.hops
    var sender = SphinxSender()
    let place = try sender.enter(
      along: hops.span, to: nodes.recipient, version: nodes.version, initialSecret: vector.initialSecret.bytes.span,
      finalPadding: vector.finalPadding.bytes.span)
    sender.exchange()
    sender.makeHeader(place)
    for i in hops.indices {
      let keys = sender.hopKeys.revealed((0..<KeyLayout.total) + KeyLayout.total * i)
      #expect(keys == vector.hops[i].expandedSharedSecret.bytes)
      #expect(expanded(vector.senderSharedSecrets[i].bytes) == keys)
    }
    let filler = sender.filler.revealed(0..<Layout.filler(hops: hops.count))
    #expect(filler == vector.filler.bytes)
    let tags = sender.tags
    #expect(tags == vector.hops.map { Bytes32($0.replayTag.bytes) })
    let header = sender.header.revealed()
    #expect(header == Array(vector.hops[0].packetIn.bytes.prefix(SphinxSize.header)))
  }

  @Test(arguments: try SphinxVectors.packets() + SphinxVectors.surbs())
  func unwrapAtEveryHop(_ vector: Vector) throws {
    let nodes = try TestNodes(vector)
    for (i, hop) in vector.hops.enumerated() {
      let tag = Bytes32(hop.replayTag.bytes)
      let unwrapped = try nodes.keys[i].unwrap(hop.packetIn.bytes)
      if hop.kind == "forward" {
        let address = try #require(hop.nextHopAddress)
        let next = Bytes32(address.bytes)
        let delay = Nanos(try #require(hop.delayNanos))
        let out = try #require(hop.packetOut).bytes
        let block = ForwardHop(nextHop: next, delay: delay, tag: tag, version: nodes.version)
        #expect(unwrapped == .forward(block, packet: out))
        #expect(vector.hops[i + 1].packetIn == hop.packetOut)
      } else {
        #expect(hop.kind == "final" && i == vector.hops.count - 1)
        #expect(hop.destination == vector.destination && hop.identifier == vector.identifier)
        let block = FinalHop(recipient: nodes.recipient, tag: tag, version: nodes.version)
        let out = try #require(hop.payloadOut).bytes
        #expect(unwrapped == .final(block, payload: out))
      }
    }
  }

  @Test(arguments: try SphinxVectors.packets() + SphinxVectors.surbs())
  func nodeIntermediates(_ vector: Vector) throws {
    let nodes = try TestNodes(vector)
    for (i, hop) in vector.hops.enumerated() {
      var packet = hop.packetIn.bytes
      let parts = hop.alpha.bytes + hop.mac.bytes + hop.beta.bytes
      #expect(Array(packet.prefix(SphinxSize.header)) == parts)
      var secrets = [UInt8](repeating: 0, count: SphinxSecrets.size)
      let size = try SphinxSize(packet: packet.count)
      var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(nodes.keys[i]), size: size, capacity: 3)
      unwrapper.beginHeaders()
      let early = unwrapper.load(2, packet.span)
      let started = unwrapper.exchange()
      #expect(early == nil && started)
      let shared = unwrapper.batch.products.revealed(0..<32)
      #expect(shared == hop.sharedSecret.bytes)
      var bytes = packet.mutableSpan
      var scratch = secrets.mutableSpan
      _ = unwrapper.header(2, &bytes, &scratch)
      let keys = unwrapper.hopKeys.revealed()
      #expect(keys == hop.expandedSharedSecret.bytes)
      #expect(Array(keys[KeyLayout.stream]) == hop.streamCipherKey.bytes)
      #expect(Array(keys[KeyLayout.mac]) == hop.headerMacKey.bytes)
      #expect(Array(keys[KeyLayout.seed]) == hop.payloadKeySeed.bytes)
      #expect(Array(keys[KeyLayout.blinding]) == hop.blindingFactor.bytes)
      #expect(Array(keys[KeyLayout.tag]) == hop.replayTag.bytes)
      let beta = unwrapper.beta.revealed()
      #expect(beta == hop.decryptedRoutingInfo360.bytes)
      if hop.kind == "forward" { #expect(Array(secrets[192..<224]) == hop.blindingFactor.bytes) }
      bytes = packet.mutableSpan
      scratch = secrets.mutableSpan
      unwrapper.payload(2, &bytes, &scratch)
      let payloadKey = unwrapper.payloadKey.revealed()
      #expect(payloadKey == hop.payloadKey.bytes)
    }
  }

  @Test(arguments: try SphinxVectors.packets())
  func messageAtTheService(_ vector: Vector) throws {
    let payload = try #require(vector.hops.last?.payloadOut).bytes
    #expect(message(in: payload) == vector.message.bytes)
  }

  @Test func negative() throws {
    let cases = try SphinxVectors.components().negative
    #expect(cases.count == 5)
    for negative in cases {
      if let key = negative.nodePrivateKey {
        #expect(negative.expect == "reject")
        let key = try SphinxSecretKey(key.bytes.span)
        #expect(throws: SphinxRefusal.badMAC, "\(negative.name)") { try key.unwrap(negative.packet.bytes) }
      } else {
        #expect(negative.expect == "final_payload_invalid")
        var packet = negative.packet.bytes
        for key in try #require(negative.nodePrivateKeys) {
          switch try SphinxSecretKey(key.bytes.span).unwrap(packet) {
          case .forward(_, let next): packet = next
          case .final(_, let payload): #expect(message(in: payload) == nil)
          }
        }
      }
    }
  }
}
