import MixHost
import MixNet

/// What other plugins make Sphinx packets with.
final class SphinxMaker: PacketMaker {
  private let size: SphinxSize
  private var sender: SphinxSender
  private var route: [SphinxHop] = []
  /// Keys that were looked at, which is dearer than a packet. More than networks have are forgotten all at once.
  private var keys: [Bytes32: SphinxPublicKey] = [:]
  private static let keysMax = 4_096

  init(_ size: SphinxSize, _ multiplier: any PointMultiplier) {
    self.size = size
    sender = SphinxSender(multiplier: multiplier)
  }

  var packetSize: Int { size.packet }
  var messageMax: Int { size.messageMax }

  func message(in payload: Span<UInt8>) -> Range<Int>? {
    payload.count == size.payload ? SphinxPayload.message(in: payload) : nil
  }

  func firstHop(of surb: Span<UInt8>) -> Bytes32? { SphinxSURB.firstHop(of: surb) }

  func reply(_ surb: Span<UInt8>, message: Span<UInt8>, into packet: inout MutableSpan<UInt8>) -> Bool {
    do throws(SphinxError) {
      _ = try sender.reply(&packet, message: message, with: surb)
      return true
    } catch { return false }
  }

  func packet(
    along hops: [PacketHop], to destination: Bytes32, message: Span<UInt8>, at time: WallTime,
    into packet: inout MutableSpan<UInt8>, random: inout RandomStream
  ) -> Bool {
    route.removeAll(keepingCapacity: true)
    for hop in hops {
      guard let bytes = hop.node.key("sphinx", at: time), let key = checked(bytes) else { return false }
      route.append(SphinxHop(key: key, address: hop.node.address, delay: hop.delay))
    }
    let recipient = SphinxRecipient(destination: destination, identifier: Bytes16())
    do throws(SphinxError) {
      let route = route
      try sender.create(
        &packet, message: message, along: route.span, to: recipient, version: .v260, random: &random)
      return true
    } catch { return false }
  }
}

/// What a maker multiplies with.
struct SphinxMultiplier: Sendable {
  let value: any PointMultiplier
}

extension SphinxMaker {
  /// The key with these bytes, looked at once; nil when it cannot be one.
  private func checked(_ bytes: Bytes32) -> SphinxPublicKey? {
    if let key = keys[bytes] { return key }
    guard let key = try? SphinxPublicKey(bytes) else { return nil }
    if keys.count == Self.keysMax { keys.removeAll(keepingCapacity: true) }
    keys[bytes] = key
    return key
  }
}

extension CapabilityDescriptor {
  /// `packet_maker`: packets of the format that `[sphinx]` names.
  static let sphinxMaker = CapabilityDescriptor(
    .packetMaker, table: "sphinx", config: SphinxConfig.init(from:),
    // That lanes cannot be had, the stage tells.
    shared: { (config: SphinxConfig, _: inout LoadContext) -> SphinxMultiplier? in
      SphinxMultiplier(value: (try? config.x25519.multiplier()) ?? SodiumMultiplier())
    },
    make: {
      (config: SphinxConfig, multiplier: SphinxMultiplier, _: inout StageBuilder) throws(BuildError)
        -> any PacketMaker in
      SphinxMaker(config.size, multiplier.value)
    })
}
