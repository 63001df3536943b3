import Echo
import MixHost
import MixHostTesting
import Testing

@Suite struct EchoStageTests {
  /// What every stage must do or leave.
  @Test func conforms() throws { try StageConformance(.echo).run() }

  /// What this one is there for.
  @Test func everyPacketGoesBackOnItsLink() throws {
    let packets = (0..<8).map { SamplePacket([UInt8($0), 1, 2, 3], link: $0) }
    let fates = try StageConformance(.echo).fates(of: packets).packets
    for (number, fate) in fates.enumerated() {
      #expect(fate.links == [StageConformance.link(number)])
      #expect(fate.departures.map(\.bytes) == [packets[number].bytes])
    }
  }

  @Test func largePacketsGoOn() throws {
    let packets = [3, 4, 5].map { SamplePacket([UInt8](repeating: 0, count: $0)) }
    let fates = try StageConformance(.echo, config: "[echo]\nsize_max = 4").fates(of: packets).packets
    #expect(fates.map(\.links) == [[StageConformance.link(0)], [StageConformance.link(0)], [StageConformance.end]])
  }
}
