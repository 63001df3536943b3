import CoverTraffic
import MixHost
import MixHostTesting
import Testing

struct StageTests {
  /// What every stage must do or leave.
  @Test func conforms() throws { try StageConformance(.coverTraffic).run() }

  /// And with a rate that follows the traffic.
  @Test func conformsAdaptive() throws {
    try StageConformance(.coverTraffic, config: "[cover_traffic]\nrate = \"adaptive\"\nloop_interval_ms = 5").run()
  }
}
