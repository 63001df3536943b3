import MixHost
import MixNet
import Sphinx

/// What `[sphinx]` says, when the stand-in reads it.
struct StubConfig: Sendable {
  let size: SphinxSize
  let keyFile: String

  init(from table: inout ConfigTable) {
    _ = table.choice("format", default: Format.nym, "the packets' layout, byte for byte")
    let payload = table.int(
      "payload_size", default: SphinxSize.regular.payload, in: SphinxSize.payloads,
      "bytes of a packet's payload, the same in the whole network")
    size = (try? SphinxSize(payload: payload)) ?? .regular
    keyFile = table.path("key_file", default: "sphinx.key", "the node's key file; in the state folder")
  }

  private enum Format: String, CaseIterable, Sendable { case nym }

  var shape: DecodeShape {
    DecodeShape(
      framing: .peer, limits: FrameLimits(size.packet...size.packet), protocolName: "hearsay stub \(size.payload)",
      scratchSize: 16)
  }

  func readKey(_ context: inout LoadContext) -> Bytes32? {
    let path = context.node.path(keyFile)
    do throws(StorageError) {
      let key = StubFormat.key(ofFile: try context.files.read(path, limit: 1_024).bytes)
      let listed = context.node.directory.node(named: context.node.name)?.keys ?? []
      guard listed.isEmpty || listed.contains(where: { $0.bytes == key }) else {
        context.mistake("\(path) is not the key that the network file lists for node '\(context.node.name)'")
        return nil
      }
      return key
    } catch {
      context.mistake("the key cannot be read: \(error.description)")
      return nil
    }
  }
}

/// Decode of the stand-in's packets: what the `sphinx` stage does, step for step.
final class StubStage: DecodeStage {
  private let key: Bytes32
  private let size: SphinxSize

  init(_ config: StubConfig, _ key: Bytes32) { (self.key, size) = (key, config.size) }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      var both = batch.withScratch(i)
      if let refusal = decode(&both, i, &columns) { verdicts.drop(i, refusal) }
    }
  }

  /// Why a packet is refused, or nil.
  private func decode(_ both: inout PacketAndScratch, _ i: Int, _ columns: inout Decoded) -> DropReason? {
    guard both.packet.count == size.packet else { return .wrongSize }
    let alpha = Bytes32(both.packet.span)
    guard !alpha.isZero else { return .badKey }
    let secret = StubFormat.Secret(alpha, key)
    let mac = StubFormat.mac(both.packet.span.extracting(StubFormat.beta), secret)
    guard mac == Bytes16(both.packet.span, at: StubFormat.mac.lowerBound) else { return .badMAC }
    columns.setID(i, secret.tag)
    secret.seed.write(to: &both.scratch)
    secret.next.write(to: &both.packet, at: StubFormat.alpha.lowerBound)
    return read(both.packet.span.extracting(StubFormat.beta), i, &columns)
  }

  /// Reads a hop's block; why the packet is refused, or nil.
  private func read(_ beta: Span<UInt8>, _ i: Int, _ columns: inout Decoded) -> DropReason? {
    guard beta[1] == 0, beta.bigEndian(at: StubFormat.versionAt, as: UInt16.self) == StubFormat.version else {
      return .unknownVersion
    }
    let address = Bytes32(beta, at: StubFormat.address)
    switch beta[0] {
    case StubFormat.forwardFlag:
      columns.setRoute(i, .node(address))
      columns.setHeaderDelay(i, Nanos(beta.bigEndian(at: StubFormat.delay)))
    case StubFormat.finalFlag:
      columns.setRoute(i, .destination(address, identifier: Bytes16(beta, at: StubFormat.identifier)))
    default: return .badRoute
    }
    return nil
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      var both = batch.withScratch(i)
      StubFormat.layer(&both.packet, from: StubFormat.header, Bytes16(both.scratch.span))
      switch columns.route(i) {
      case .node: Self.shift(&both.packet)
      default: _ = batch.trim(i, front: StubFormat.header)
      }
    }
  }

  /// The next hop's mac and block come to the front, and zeros behind the last one.
  private static func shift(_ packet: inout MutableSpan<UInt8>) {
    let (beta, block) = (StubFormat.beta, StubFormat.block)
    Bytes16(packet.span, at: beta.lowerBound + StubFormat.nextMAC).write(to: &packet, at: StubFormat.mac.lowerBound)
    unsafe packet.withUnsafeMutableBytes { memory in
      let rest = unsafe UnsafeRawBufferPointer(rebasing: memory[beta.lowerBound + block..<beta.upperBound])
      let front = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[beta.lowerBound..<beta.upperBound - block])
      unsafe front.copyMemory(from: rest)
      for at in beta.upperBound - block..<beta.upperBound { unsafe memory[at] = 0 }
    }
  }
}

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
        })
    ])
}
