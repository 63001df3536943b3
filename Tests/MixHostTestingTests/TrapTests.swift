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

/// What peers send beside packets reaches a stage under test as well.
@Suite struct OtherInputTests {
  @Test func trapsOnADatagram() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try StageConformance(EarStage.descriptor, config: "[ear]\nfrom = \"datagram\"").run()
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("trapped in the check 'random_bytes'"))
  }

  @Test func trapsOnAFrameOfItsOwnLink() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try StageConformance(EarStage.descriptor, config: "[ear]\nfrom = \"frame\"").run()
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("trapped in the check 'random_bytes'"))
  }

  @Test func trapsOnAPayloadForItsAddress() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try StageConformance(EarStage.descriptor, config: "[ear]\nfrom = \"payload\"").run()
    }
    let words = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(words.contains("trapped in the check 'random_bytes'"))
  }

  @Test func listensToNobody() throws { try StageConformance(EarStage.descriptor).run() }
}

/// Cannot bear to hear from one side.
private final class EarStage: ObserveStage {
  private let from: String
  init(_ from: String) { self.from = from }

  func started(_ turn: inout Turn) { _ = turn.open(.loopback(port: 1), limits: FrameLimits(0...64)) }

  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
  }

  func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn) {
    precondition(from != "datagram")
  }
  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {
    precondition(from != "frame")
  }
  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    precondition(from != "payload")
  }

  static let descriptor = StageDescriptor(
    .observe, "ear", summary: "listens", needs: .route,
    config: { (table: inout ConfigTable) in
      table.choice("from", default: "none", of: ["none", "datagram", "frame", "payload"], "what it cannot bear")
    },
    make: { (from: String, builder: inout StageBuilder) throws(BuildError) -> any ObserveStage in
      try builder.claim(Fingerprint.service("ear"))
      return EarStage(from)
    })
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
