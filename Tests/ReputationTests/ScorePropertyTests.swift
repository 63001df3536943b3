import MixHost
import MixNet
import Testing

@testable import Reputation

/// What holds whatever happens, over seeds.
struct ScorePropertyTests {
  private static let seeds = 1...40 as ClosedRange<UInt64>

  /// Scores stay within their bounds; where nothing is told they move towards zero, never over it and never away; a ban lasts to its
  /// end; and who has done nothing but fail is not banned.
  @Test(arguments: seeds, ScoreRules.Preset.allCases)
  func scoresAreTame(seed: UInt64, preset: ScoreRules.Preset) {
    var random = RandomStream(seed: Seed(seed))
    var ledger = Ledger(preset, recordsMax: 8)
    var bannedUntil = [Instant](repeating: .zero, count: 4)
    for _ in 0..<3_000 {
      let node = Int(random.below(4))
      if random.below(3) > 0 {
        // Of node 3 nothing but misfortune is told.
        let conduct = node == 3 ? [.failure, .withheld][Int(random.below(2))] : Conduct.allCases[Int(random.below(6))]
        if ledger.tell(conduct, of: node) {
          bannedUntil[node] = ledger.now + (ledger.known(node)?.bannedFor ?? .zero)
        }
      } else {
        let before = (0..<4).map { ledger.score($0) }
        ledger.pass(random.below(4) == 0 ? random.below(9_000) : random.below(60))
        for (node, before) in before.enumerated() where bannedUntil[node] == .zero {
          let after = ledger.score(node)
          #expect(abs(after) <= abs(before) && after * before >= 0, "\(before) became \(after)")
        }
      }
      for node in 0..<4 {
        #expect((-1_000...1_000).contains(ledger.score(node)))
        if ledger.now < bannedUntil[node] {
          #expect(ledger.standing(node) == .banned && ledger.score(node) <= -500)
        } else {
          bannedUntil[node] = .zero
          #expect(ledger.standing(node) != .banned)
        }
      }
    }
    #expect(ledger.known(3)?.bannedFor == nil)
  }

  /// Whoever asks changes nothing: two books that are told the same say the same, whether one was asked on the way or not.
  @Test(arguments: seeds) func askingChangesNothing(seed: UInt64) {
    for preset in ScoreRules.Preset.allCases {
      var random = RandomStream(seed: Seed(seed))
      var (quiet, asked) = (Ledger(preset), Ledger(preset))
      for _ in 0..<500 {
        let (conduct, node, pause) = (
          Conduct.allCases[Int(random.below(6))], Int(random.below(8)), random.below(400)
        )
        quiet.tell(conduct, of: node)
        asked.tell(conduct, of: node)
        for ledger in [quiet, asked] { #expect(ledger.book.count <= 8) }
        quiet.pass(pause)
        asked.pass(pause)
        for node in 0..<8 { _ = asked.score(node) }
        _ = asked.book.all(at: asked.now)
      }
      #expect(quiet.book.all(at: quiet.now) == asked.book.all(at: asked.now))
    }
  }
}
