import MixHost
import MixNet
import Synchronization

/// Turns the cover of a network's nodes off for good: with it a network is never quiet, and what must hold of a quiet one could
/// not be asked.
final class CoverSwitch: Sendable {
  private let off = Atomic<Bool>(false)

  /// Whether nodes make cover.
  var isOff: Bool { off.load(ordering: .relaxed) }

  /// From now on no node makes cover; what waits for a tick leaves at each node's next turn.
  func turnOff() { off.store(true, ordering: .relaxed) }
}

/// A node's own `cover_traffic`, and a hand on its switch. While cover is on it hands on every call as it is; then the stage is
/// called no more for what comes and what it makes, only for its own packets that come home.
final class SwitchedCover: MixStage {
  private let stage: any MixStage
  private let cover: CoverSwitch

  private init(_ stage: any MixStage, _ cover: CoverSwitch) { (self.stage, self.cover) = (stage, cover) }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    if !cover.isOff { stage.hold(&batch, columns, deadlines, &verdicts, &turn) }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) {
    // As at a stop: the ticks end, and all that waits for one leaves.
    if cover.isOff { stage.drain(into: &batch, &turn) } else { stage.release(into: &batch, &turn) }
  }

  func drain(into batch: inout MixBatch, _ turn: inout Turn) { stage.drain(into: &batch, &turn) }

  func started(_ turn: inout Turn) { if !cover.isOff { stage.started(&turn) } }
  func woke(_ turn: inout Turn) { if !cover.isOff { stage.woke(&turn) } }
  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) {
    if !cover.isOff { stage.networkChanged(directory, &turn) }
  }
  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    stage.deliver(batch, columns, &turn)
  }
  func linkChanged(_ change: LinkChange, _ turn: inout Turn) { stage.linkChanged(change, &turn) }
  func drained(_ link: LinkID, _ turn: inout Turn) { stage.drained(link, &turn) }
  func finished(_ turn: inout Turn) { stage.finished(&turn) }
  func status() -> [StatusField] { stage.status() }

  /// These plugins, with the switch in those that make cover.
  static func put(_ cover: CoverSwitch, in plugins: [Plugin]) -> [Plugin] {
    plugins.map { plugin in
      Plugin(
        name: plugin.name, summary: plugin.summary,
        stages: plugin.stages.map { $0.name == "cover_traffic" ? descriptor($0, cover) : $0 },
        capabilities: plugin.capabilities, shortNames: plugin.shortNames)
    }
  }

  private static func descriptor(_ inner: StageDescriptor, _ cover: CoverSwitch) -> StageDescriptor {
    StageDescriptor(
      .mix, inner.name, summary: inner.summary, needs: .route, uses: ["packet_maker"],
      config: { (table: inout ConfigTable) -> ConfiguredStage in inner.configure(&table) },
      shared: { (stage: ConfiguredStage, context: inout LoadContext) -> PreparedStage? in stage.prepare(&context) },
      make: {
        (_: ConfiguredStage, make: PreparedStage, builder: inout StageBuilder) throws(BuildError) -> any MixStage in
        guard case .mix(let stage) = try make(&builder) else { throw BuildError("'cover_traffic' is no mix stage") }
        return SwitchedCover(stage, cover)
      })
  }
}
