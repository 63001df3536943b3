import MixHost
import MixNet

/// `builds`.
func checkBuilds(_ rig: Rig) throws(Finding) {
  for workers in [1, 2] where workers <= rig.conformance.workersMax {
    _ = try Trial(rig, TrialSettings(seed: rig.seed("build"), workers: workers))
  }
}

/// `samples_pass`.
func checkSamplesPass(_ rig: Rig) throws(Finding) {
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("pass")))
  try trial.begin()
  var random = RandomStream(seed: rig.seed("pass", 1))
  try trial.feedAll(&random)
  try trial.advance(by: .s(2))
  try trial.drain()
  if trial.log.fates.contains(where: { $0.settled > 0 || $0.verdicts == [.consumed] }) { return }
  let verdict = trial.log.fates.first?.verdicts.first?.description ?? "held for ever"
  throw Finding(
    "none of \(trial.fed.count) sample packets gets through (the first is \(verdict)); give some that do: "
      + "StageConformance(..., packets:)")
}
