import MixHost
import MixHostTesting
import MixNet
import Testing

@Suite struct BadHeadStageTests {
  @Test func noSampleGetsThrough() {
    let stage = OddDecode<Int>.descriptor({ 0 }) { _, batch, _, verdicts, _ in
      for i in batch.indices { verdicts.drop(i, .badMAC) }
    }
    expectOnly(.samplesPass, "dropped (bad_mac) after decode", StageConformance(stage))
  }

  @Test func samplesThatDoNotFit() {
    let stage = OddDecode<Int>.descriptor({ 0 }) { _, _, _, _, _ in }
    let report = StageConformance(stage, packets: { _, _ in SamplePacket([1]) }).report()
    #expect(report.failed == [.builds])
    #expect(sentence(report, .builds) == "sample packet 0 has 1 bytes; the chain takes 32...256")
  }

  /// It numbers packets by their place in the batch.
  @Test func dependsOnTheSplit() {
    let stage = OddDecode<Int>.descriptor({ 0 }) { _, batch, columns, _, _ in
      for i in batch.indices { columns.setHeaderDelay(i, Nanos(UInt64(i))) }
    }
    let report = StageConformance(stage).report()
    #expect(report.failed.contains(.splitInvariance), "\(report)")
    #expect(sentence(report, .splitInvariance).contains("packet 1: in batches of 64"), "\(report)")
  }

  /// It remembers by place what belongs to the packet.
  @Test func keepsStateByPlaceFromDecodeToFinish() {
    let stage = OddDecode<[UInt8]>.descriptor(
      { [] },
      decode: { state, batch, _, _, _ in
        state.removeAll(keepingCapacity: true)
        for i in batch.indices { state.append(batch.bytes(i)[0]) }
      },
      finish: { state, batch, _, _, _ in
        for i in batch.indices {
          var bytes = batch.mutableBytes(i)
          bytes[0] ^= state[i]
        }
      })
    expectOnly(.dropsStayDropped, "when others are dropped between decode and finish", StageConformance(stage))
  }

  /// It keeps a pointer to a packet that it has dropped, and writes through it a turn later.
  @Test func touchesADroppedPacket() {
    let stage = OddDecode<UnsafeMutablePointer<UInt8>?>.descriptor({ nil }) { state, batch, _, verdicts, _ in
      state?.pointee = 1
      state = nil
      for i in batch.indices where batch.bytes(i)[0] < 40 {
        verdicts.drop(i, .malformed)
        var bytes = batch.mutableBytes(i)
        bytes.withUnsafeMutableBufferPointer { state = $0.baseAddress }
      }
    }
    let report = StageConformance(stage).report()
    #expect(sentence(report, .dropsStayDropped).contains("a packet that had ended was written to"), "\(report)")
  }

  @Test func sharesAStateThatIsNotInTheSeed() {
    let stage = OddDecode<SystemRandomNumberGenerator>.descriptor({ SystemRandomNumberGenerator() }) {
      state, batch, _, verdicts, _ in
      for i in batch.indices where state.next() % 2 == 0 { verdicts.drop(i, .invalid) }
    }
    let report = StageConformance(stage).report()
    #expect(report.failed.contains(.sameSeed), "\(report)")
    #expect(sentence(report, .sameSeed).contains("two runs of one seed differ at event"))
  }
}
