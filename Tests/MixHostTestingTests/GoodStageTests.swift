import MixHost
import MixHostTesting
import MixNet
import Testing

@Suite struct GoodStageTests {
  @Test func admission() throws {
    try StageConformance(BucketStage.descriptor).run()
  }
  @Test func decode() throws { try StageConformance(MaskStage.descriptor).run() }
  @Test func verify() throws { try StageConformance(RecentStage.descriptor).run() }
  @Test func delay() throws { try StageConformance(JitterStage.descriptor).run() }
  @Test func mix() throws {
    let report = try StageConformance(TimedPool.descriptor).holding(atMost: .ms(5), packets: 128).run()
    #expect(report[.holdLimit] == .passed && report[.releasesOnce] == .passed)
  }
  @Test func forward() throws { try StageConformance(MirrorStage.descriptor).run() }
  @Test func observe() throws { try StageConformance(TallyStage.descriptor).run() }
}
