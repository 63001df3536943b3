import SimNet

/// Where no bit is flipped and nobody means harm, what arrives is what was sent: no node may find fault with it.
struct Damage {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  /// Reasons for which only what was damaged, or went astray, is dropped.
  static let reasons = [
    "bad_key", "bad_mac", "bad_payload", "bad_route", "malformed", "unknown_hop", "unknown_version",
  ]

  func check() {
    guard run.world.struck[.flip] == 0, run.settings.attackers.isEmpty else { return }
    for drop in Frames(run).dropped where Self.reasons.contains(drop.reason) {
      run.ledger.violate(
        "damage", "\(drop.count) packets or frames were dropped for \(drop.reason), and no bit was flipped")
    }
  }
}
