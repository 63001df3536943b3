import MixHost
import MixHostTesting
import MixNet
import Testing

/// What the kit tells of single packets.
@Suite struct FateTests {
  private func packets(_ count: Int) -> [SamplePacket] {
    (0..<count).map { SamplePacket([UInt8](repeating: UInt8($0), count: 40), link: $0, id: Bytes32([UInt8($0 / 2)])) }
  }

  @Test func droppedAndPassed() throws {
    let fates = try StageConformance(RecentStage.descriptor).fates(of: packets(6)).packets
    #expect(fates.map(\.dropReason) == [.replayed, .replayed, nil, .replayed, nil, .replayed])
    #expect(fates[2].links == [StageConformance.end] && fates[2].departures[0].bytes == packets(6)[2].bytes)
    #expect(fates[3].verdicts == [.dropped(.replayed, after: .verify)] && fates.allSatisfy(\.hasEndedOnce))
    #expect("\(fates[3])" == "dropped (replayed) after verify")
  }

  @Test func sentWithAPrefixAndAFrameOfItsOwn() throws {
    let (fates, frames) = try StageConformance(MirrorStage.descriptor).fates(of: packets(100))
    #expect(fates[5].links == [StageConformance.link(5)])
    #expect(fates[5].departures[0].bytes == [0, 0, 0, 0, 0, 0, 0, 6] + packets(100)[5].bytes)
    #expect(frames.map(\.bytes) == [[0, 0, 0, 0, 0, 0, 0, 100]])
  }

  @Test func heldAndLetGo() throws {
    let conformance = StageConformance(TimedPool.descriptor, config: "[timed_pool]\ninterval_ms = 20\ncapacity = 3")
    let early = try conformance.fates(of: packets(4), after: .ms(19)).packets
    #expect(early.map(\.stay) == [nil, nil, nil, .zero] && "\(early[0])" == "held")
    #expect(early[3].dropReason == .queueFull)
    let late = try conformance.fates(of: packets(4), after: .ms(20)).packets
    #expect(late.map(\.stay) == [.ms(20), .ms(20), .ms(20), .zero])
  }

  @Test func delayed() throws {
    let fates = try StageConformance(JitterStage.descriptor, config: "[jitter]\nmost_ms = 1").fates(
      of: [SamplePacket([1], headerDelay: .s(1))], after: .s(2)
    ).packets
    let delay = try #require(fates[0].delay)
    #expect(delay >= .s(1) && delay < .ms(1_001))
    #expect(try #require(fates[0].stay) - delay < .ms(1))
  }

  @Test func packetsThatNoLinkLetsThrough() {
    #expect(throws: BuildError.self) { try StageConformance(MaskStage.descriptor).fates(of: [SamplePacket([1])]) }
  }
}
