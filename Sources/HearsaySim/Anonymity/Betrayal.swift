import MixHost
import MixNet
import Synchronization

/// What a corrupt mix tells the observer: which packet that left it is which one that came.
final class Betrayal: Sendable {
  private struct State {
    /// By the tag that a packet has within the mix: the bytes that told it from others when it came.
    var came: [Bytes32: UInt64] = [:]
    /// By those that it has when it leaves: those with which it came.
    var left: [UInt64: UInt64] = [:]
  }
  private let state = Mutex(State())

  func came(_ tag: Bytes32, as word: UInt64) { state.withLock { $0.came[tag] = word } }

  func leaves(_ tag: Bytes32, as word: UInt64) {
    state.withLock { state in
      if let old = state.came.removeValue(forKey: tag) { state.left[word] = old }
    }
  }

  /// With which bytes the packet came that leaves with these; nil for one of the mix's own.
  func origin(of word: UInt64) -> UInt64? { state.withLock { $0.left.removeValue(forKey: word) } }
}

/// A mix's own `replay`, and a traitor who writes down how each packet looks when it comes. At the stage's call a packet is known
/// by its tag, and its group element is still the one that was on the link.
final class TraitorStage: VerifyStage {
  private let stage: any VerifyStage
  private let betrayal: Betrayal

  init(_ stage: any VerifyStage, _ betrayal: Betrayal) { (self.stage, self.betrayal) = (stage, betrayal) }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      betrayal.came(columns.id(i), as: batch.bytes(i).bigEndianWord(at: FrameScanner.place.lowerBound))
    }
    stage.verify(batch, columns, &verdicts, &turn)
  }

  func started(_ turn: inout Turn) { stage.started(&turn) }
  func woke(_ turn: inout Turn) { stage.woke(&turn) }
  func finished(_ turn: inout Turn) { stage.finished(&turn) }
  func status() -> [StatusField] { stage.status() }

  /// The stage's descriptor with the traitor around what it makes.
  static func descriptor(_ inner: StageDescriptor, _ betrayal: Betrayal) -> StageDescriptor {
    StageDescriptor(
      .verify, inner.name, summary: inner.summary, needs: .id, uses: ["packet_keys"],
      config: { (table: inout ConfigTable) -> ConfiguredStage in inner.configure(&table) },
      shared: { (stage: ConfiguredStage, context: inout LoadContext) -> PreparedStage? in stage.prepare(&context) },
      make: {
        (_: ConfiguredStage, make: PreparedStage, builder: inout StageBuilder) throws(BuildError) -> any VerifyStage in
        guard case .verify(let stage) = try make(&builder) else { throw BuildError("'replay' is no verify stage") }
        return TraitorStage(stage, betrayal)
      })
  }
}
