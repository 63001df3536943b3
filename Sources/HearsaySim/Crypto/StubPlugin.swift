import MixHost
import MixNet
import Sphinx

/// What services answer with.
final class StubMaker: PacketMaker {
  private let size: SphinxSize

  init(_ size: SphinxSize) { self.size = size }

  var packetSize: Int { size.packet }
  var messageMax: Int { size.messageMax }

  func message(in payload: Span<UInt8>) -> Range<Int>? {
    payload.count == size.payload ? StubFormat.message(in: payload) : nil
  }

  func firstHop(of surb: Span<UInt8>) -> Bytes32? {
    surb.count == StubFormat.surb ? Bytes32(surb, at: StubFormat.header) : nil
  }

  func reply(_ surb: Span<UInt8>, message: Span<UInt8>, into packet: inout MutableSpan<UInt8>) -> Bool {
    guard surb.count == StubFormat.surb, packet.count == size.packet, message.count <= size.messageMax else {
      return false
    }
    packet.put(surb.extracting(0..<StubFormat.header), at: 0)
    StubFormat.write(message, into: &packet, from: StubFormat.header)
    StubFormat.layer(&packet, from: StubFormat.header, Bytes16(surb, at: StubFormat.header + 32))
    return true
  }

  func packet(
    along hops: [PacketHop], to destination: Bytes32, message: Span<UInt8>, at time: WallTime,
    into packet: inout MutableSpan<UInt8>, random: inout RandomStream
  ) -> Bool {
    var route: [StubHeader.Hop] = []
    for hop in hops {
      guard let key = hop.node.key("sphinx", at: time) else { return false }
      route.append(StubHeader.Hop(address: hop.node.address, key: key, delay: hop.delay))
    }
    let recipient = SphinxRecipient(destination: destination, identifier: Bytes16())
    guard packet.count == size.packet, message.count <= size.messageMax,
      let secrets = StubHeader.write(into: &packet, route, recipient, &random)
    else { return false }
    StubFormat.write(message, into: &packet, from: StubFormat.header)
    for secret in secrets { StubFormat.layer(&packet, from: StubFormat.header, secret.seed) }
    return true
  }
}

extension Plugin {
  /// The stand-in under the name that it stands in for, so that a configuration is good for both; the stages that do no
  /// cryptography are the real ones.
  static let stubSphinx = Plugin(
    name: "sphinx", summary: "packets like Sphinx's without its cryptography, for simulations",
    stages: [
      StageDescriptor(
        .decode, "sphinx", summary: "takes one layer off packets that look like Sphinx's",
        provides: [.id, .route, .headerDelay], config: StubConfig.init(from:), shape: { $0.shape },
        shared: { (config: StubConfig, context: inout LoadContext) -> Bytes32? in config.readKey(&context) },
        make: { (config: StubConfig, key: Bytes32, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in
          StubStage(config, key)
        }), .replay, .sphinxDelay,
    ],
    capabilities: [
      CapabilityDescriptor(
        .packetMaker, table: "sphinx", config: StubConfig.init(from:),
        shared: { (_: StubConfig, _: inout LoadContext) -> Bool? in true },
        make: { (config: StubConfig, _: Bool, _: inout StageBuilder) throws(BuildError) -> any PacketMaker in
          StubMaker(config.size)
        }),
      CapabilityDescriptor(
        .packetKeys, table: "sphinx", config: StubConfig.init(from:),
        shared: { (config: StubConfig, context: inout LoadContext) -> SphinxKeyName? in
          var look = context
          return config.readKey(&look).map { SphinxKeyName(publicKey: $0) }
        },
        make: { (_: StubConfig, key: SphinxKeyName, _: inout StageBuilder) throws(BuildError) -> any PacketKeys in key }
      ),
    ])
}
