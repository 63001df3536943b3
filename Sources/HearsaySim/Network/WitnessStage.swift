import MixHost
import MixNet
import Relay

/// A node's own `next_hop`, and one who looks on: which messages its services take, and in which order it
/// sends packets on.
///
/// It hands on every call as it is, draws nothing and sends nothing, so a node does with it what it does without.
final class WitnessStage: ForwardStage {
  private let stage: any ForwardStage
  private let maker: any PacketMaker
  private let deliveries: Deliveries
  private let order: FrameOrder
  private let betrayal: Betrayal?

  private init(
    _ stage: any ForwardStage, _ maker: any PacketMaker, _ deliveries: Deliveries, _ order: FrameOrder,
    _ betrayal: Betrayal?
  ) {
    (self.stage, self.maker, self.deliveries, self.order) = (stage, maker, deliveries, order)
    self.betrayal = betrayal
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    if let betrayal { betray(batch, columns, betrayal) }
    stage.forward(batch, columns, &outlets, &verdicts, &turn)
    for i in batch.indices where verdicts.isOpen(i) {
      if case .node = columns.route(i) { order.decided(batch.bytes(i)) }
    }
    for i in batch.indices where verdicts.isConsumed(i) {
      let payload = batch.bytes(i)
      guard let range = maker.message(in: payload), let fragment = Fragment(payload.extracting(range)) else { continue }
      deliveries.take(fragment.message)
    }
  }

  private func betray(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ betrayal: Betrayal) {
    for i in batch.indices {
      switch columns.route(i) {
      case .node: betrayal.leaves(columns.id(i), as: batch.bytes(i).bigEndianWord(at: FrameScanner.place.lowerBound))
      case .destination(_, let identifier): betrayal.leaves(columns.id(i), as: FrameScanner.word(of: identifier))
      case .none: break
      }
    }
  }

  func started(_ turn: inout Turn) { stage.started(&turn) }
  func woke(_ turn: inout Turn) { stage.woke(&turn) }
  func linkChanged(_ change: LinkChange, _ turn: inout Turn) { stage.linkChanged(change, &turn) }
  func drained(_ link: LinkID, _ turn: inout Turn) { stage.drained(link, &turn) }
  func finished(_ turn: inout Turn) { stage.finished(&turn) }
  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {
    stage.received(part, at: offset, of: size, on: link, &turn)
  }
  func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn) {
    stage.received(datagram: datagram, from: address, &turn)
  }
  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    stage.deliver(batch, columns, &turn)
  }
  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) { stage.networkChanged(directory, &turn) }
  func status() -> [StatusField] { stage.status() }

  /// The stage's descriptor with the witness around what it makes.
  private static func descriptor(
    _ deliveries: Deliveries, _ order: FrameOrder, _ betrayal: Betrayal?
  ) -> StageDescriptor {
    let inner = StageDescriptor.nextHop
    return StageDescriptor(
      .forward, inner.name, summary: inner.summary, needs: .route, uses: ["packet_maker"],
      config: { (table: inout ConfigTable) -> ConfiguredStage in inner.configure(&table) },
      shared: { (stage: ConfiguredStage, context: inout LoadContext) -> PreparedStage? in stage.prepare(&context) },
      make: {
        (_: ConfiguredStage, make: PreparedStage, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
        guard case .forward(let stage) = try make(&builder) else { throw BuildError("'next_hop' is no forward stage") }
        // The stage itself has asked for it before, so this is the same one.
        return WitnessStage(stage, try builder.capability(.packetMaker), deliveries, order, betrayal)
      })
  }

  /// These plugins with the witness in them, and a traitor or a tagger if the node has one.
  static func watch(
    _ plugins: [Plugin], _ deliveries: Deliveries, _ order: FrameOrder, _ betrayal: Betrayal? = nil,
    _ tagger: Tagger? = nil
  ) -> [Plugin] {
    plugins.map { plugin in
      Plugin(
        name: plugin.name, summary: plugin.summary,
        stages: plugin.stages.map { stage in
          if stage.name == StageDescriptor.nextHop.name { return descriptor(deliveries, order, betrayal) }
          if let tagger, stage.name == "sphinx" { return TaggerStage.descriptor(stage, tagger) }
          if let betrayal, stage.name == "replay" { return TraitorStage.descriptor(stage, betrayal) }
          return stage
        },
        capabilities: plugin.capabilities, shortNames: plugin.shortNames)
    }
  }
}
