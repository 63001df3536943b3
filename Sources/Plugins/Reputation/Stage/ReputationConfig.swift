import MixHost
import MixNet

/// What `[reputation]` says.
struct ReputationConfig: Sendable {
  let rules: ScoreRules
  /// Whether banned nodes are shut out, or only known.
  let refuses: Bool

  init(from table: inout ConfigTable) {
    var rules = ScoreRules()
    rules.preset = table.choice(
      "preset", default: .full,
      "full: parts with half-lives, where offences count by their square; simple: points that are added up")
    rules.recordsMax = table.int(
      "records_max", default: 4_096, in: 64...65_536, "nodes of which something is remembered, a chain")
    rules.kept = table.seconds(
      "kept_s", default: 7_200, in: 60...604_800,
      "how long a node is remembered after it was last connected or told of")
    refuses = table.bool(
      "refuse", default: true, "false: scores are kept and shown, but nobody is refused")
    rules.recordsMax = Probe.knob("reputation.records_max", default: rules.recordsMax, in: 1...2)
    self.rules = rules
  }
}
