import MixHost
import MixHostTesting
import MixNet
import Testing

/// A stage that traps ends the process. The kit runs in a child here, and the child's last words say which check it was.
@Suite struct TrapTests {
  @Test func trapsOnRandomBytes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try StageConformance(EagerStage.descriptor).run()
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("the stage 'eager' trapped in the check 'random_bytes' (seed 1)"))
  }

  /// The samples alone do not make it trap.
  @Test func theOtherChecksPass() {
    let conformance = StageConformance(EagerStage.descriptor).skipping(.randomBytes, because: "it is known to trap")
    let report = conformance.report()
    #expect(report.failed == [] && report[.randomBytes] == .skipped("it is known to trap"), "\(report)")
  }

  @Test func losesAPacket() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let stage = OddMix.descriptor(hold: { mix, batch, verdicts, turn in
        if batch.packets.count > 40 { _ = batch.take(0) } else { OddMix.takeAll(mix, &batch, &verdicts, &turn) }
      })
      try StageConformance(stage).run()
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("the stage 'odd_mix' trapped in the check 'samples_pass'"))
  }
}

/// Reads a byte that not every packet has.
private final class EagerStage: VerifyStage {
  private var sum = 0

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices { sum += Int(batch.bytes(i)[2]) }
  }

  static let descriptor = StageDescriptor(
    .verify, "eager", summary: "reads without looking", config: { (_: inout ConfigTable) in true },
    make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any VerifyStage in EagerStage() })
}
