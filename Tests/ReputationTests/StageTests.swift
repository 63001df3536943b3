import MixHost
import MixHostTesting
import MixNet
import Testing

@testable import Reputation

struct StageTests {
  private func kit(_ descriptor: StageDescriptor, _ config: String = "") -> StageConformance {
    StageConformance(descriptor, config: config)
      .greeted { link in (node: Ledger.node(link), bytes: []) }
      .offering(.scoreBook) { FakeScores() }
  }

  /// What every stage must do or leave.
  @Test func conforms() throws {
    try kit(.reputation).run()
    try kit(.reputation, "[reputation]\npreset = \"simple\"\nrefuse = false\nrecords_max = 64").run()
  }

  @Test func theWatchConforms() throws { try kit(.reputationWatch).run() }

  /// Links without a handshake tell no names.
  @Test func rawLinksAreRefused() {
    #expect(throws: ConformanceFailure.self) { try StageConformance(.reputation).run() }
  }
}

/// Keeps nothing.
private final class FakeScores: ScoreBook {
  func add(_ conduct: Conduct, of node: Bytes32, at time: Instant) {}
  func score(of node: Bytes32, at time: Instant) -> Int { 0 }
}
