package import MixHost
import MixNet

/// Decode of Sphinx packets: the header of a whole batch in `decode`, payload and blinding of the survivors in `finish`.
///
/// A batch's X25519 are done together, at one seam, so that a machine with more lanes can do several at once.
final class SphinxStage: DecodeStage {
  private var unwrapper: SphinxUnwrapper

  init(_ config: SphinxConfig, _ shared: SphinxShared, _ builder: inout StageBuilder) {
    unwrapper = SphinxUnwrapper(
      keys: SphinxKeySet(shared.key), size: config.size, capacity: builder.plan.batchSize,
      multiplier: shared.multiplier)
  }

  func status() -> [StatusField] { [StatusField("x25519", .text(unwrapper.multiplier.name))] }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    unwrapper.beginHeaders()
    for i in batch.indices {
      if let refusal = unwrapper.load(i, batch.bytes(i)) { verdicts.drop(i, refusal.dropReason) }
    }
    while unwrapper.exchange() {
      for i in batch.indices where unwrapper.awaits(i) {
        var both = batch.withScratch(i)
        switch unwrapper.header(i, &both.packet, &both.scratch) {
        case .forward(let hop):
          columns.setID(i, hop.tag)
          columns.setRoute(i, .node(hop.nextHop))
          columns.setHeaderDelay(i, hop.delay)
        case .final(let hop):
          columns.setID(i, hop.tag)
          columns.setRoute(i, .destination(hop.recipient.destination, identifier: hop.recipient.identifier))
        case .undecided: break
        case .refused(let refusal):
          Probe.sometimes("sphinx.bad_mac", refusal == .badMAC)
          verdicts.drop(i, refusal.dropReason)
        }
      }
    }
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    unwrapper.beginPayloads()
    for i in batch.indices {
      var both = batch.withScratch(i)
      unwrapper.payload(i, &both.packet, &both.scratch)
    }
    unwrapper.blind()
    for i in batch.indices {
      if unwrapper.awaits(i) {
        var packet = batch.mutableBytes(i)
        unwrapper.alpha(i, &packet)
      } else {
        _ = batch.trim(i, front: SphinxSize.header)
      }
    }
    unwrapper.end()
  }
}

extension SphinxRefusal {
  /// The host's word for it.
  var dropReason: DropReason {
    switch self {
    case .wrongSize: .wrongSize
    case .nonCanonicalAlpha, .lowOrderAlpha: .badKey
    case .badMAC: .badMAC
    case .unknownVersion: .unknownVersion
    case .badRoute: .badRoute
    }
  }
}

extension StageDescriptor {
  /// `sphinx`: decode of Sphinx packets.
  package static let sphinx = StageDescriptor(
    .decode, "sphinx", summary: "takes one layer off Sphinx packets", provides: [.id, .route, .headerDelay],
    config: SphinxConfig.init(from:), shape: { $0.shape },
    shared: { (config: SphinxConfig, context: inout LoadContext) -> SphinxShared? in config.prepare(&context) },
    make: {
      (config: SphinxConfig, shared: SphinxShared, builder: inout StageBuilder) throws(BuildError) -> any DecodeStage in
      SphinxStage(config, shared, &builder)
    })
}
