import MixHost
import MixNet
import Sphinx
import Synchronization

/// What corrupt mixes of the first layer know of the packets that they have marked: where each packet has a bit turned over, by the
/// bytes with which it came to them.
final class Tagger: Sendable {
  private let marks = Mutex<[UInt64: Int]>([:])

  func mark(_ word: UInt64, at bit: Int) { marks.withLock { $0[word] = bit } }

  /// The bit that was turned over in the payload of the packet that came with these bytes.
  func mark(of word: UInt64) -> Int? { marks.withLock { $0[word] } }
}

/// A mix's own `sphinx`, and a hand that turns over one bit of each payload after the mix's layer was taken off: another bit in each
/// packet, so that one could tell them apart if it came through.
final class TaggerStage: DecodeStage {
  private let stage: any DecodeStage
  private let tagger: Tagger
  private var came: [Bytes32: UInt64] = [:]

  init(_ stage: any DecodeStage, _ tagger: Tagger) { (self.stage, self.tagger) = (stage, tagger) }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    var words: [UInt64] = []
    for i in batch.indices { words.append(batch.bytes(i).bigEndianWord(at: FrameScanner.place.lowerBound)) }
    stage.decode(&batch, &columns, &verdicts, &turn)
    for i in batch.indices where verdicts.isOpen(i) { came[columns.id(i)] = words[i] }
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    stage.finish(&batch, &columns, &verdicts, &turn)
    for i in batch.indices where verdicts.isOpen(i) {
      guard let word = came.removeValue(forKey: columns.id(i)), case .node = columns.route(i) else { continue }
      var packet = batch.mutableBytes(i)
      let bit = Int(columns.id(i).words[0] % UInt64(8 * (packet.count - SphinxSize.header)))
      packet[SphinxSize.header + bit / 8] ^= 1 << UInt8(bit % 8)
      tagger.mark(word, at: bit)
    }
  }

  func started(_ turn: inout Turn) { stage.started(&turn) }
  func woke(_ turn: inout Turn) { stage.woke(&turn) }
  func status() -> [StatusField] { stage.status() }

  /// The stage's descriptor with the hand around what it makes.
  static func descriptor(_ inner: StageDescriptor, _ tagger: Tagger) -> StageDescriptor {
    StageDescriptor(
      .decode, inner.name, summary: inner.summary, provides: [.id, .route, .headerDelay],
      config: { (table: inout ConfigTable) -> ConfiguredStage in inner.configure(&table) },
      shape: { (stage: ConfiguredStage) -> DecodeShape in
        stage.shape ?? DecodeShape(framing: .peer, limits: FrameLimits(1...1), protocolName: "", scratchSize: 0)
      },
      shared: { (stage: ConfiguredStage, context: inout LoadContext) -> PreparedStage? in stage.prepare(&context) },
      make: {
        (_: ConfiguredStage, make: PreparedStage, builder: inout StageBuilder) throws(BuildError) -> any DecodeStage in
        guard case .decode(let stage) = try make(&builder) else { throw BuildError("'sphinx' is no decode stage") }
        return TaggerStage(stage, tagger)
      })
  }
}
