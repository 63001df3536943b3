import MixHost
import MixNet

/// `stop_loses_nothing`.
func checkStopLosesNothing(_ rig: Rig) throws(Finding) {
  // Built and thrown away; drained without a start; started and drained at once.
  _ = try Trial(rig, TrialSettings(seed: rig.seed("stop")))
  try Trial(rig, TrialSettings(seed: rig.seed("stop"))).drain()
  let idle = try Trial(rig, TrialSettings(seed: rig.seed("stop")))
  try idle.begin()
  try idle.drain()
  try idle.drain()

  // Stopped with packets on their way: at once, and after they have spread over the stages.
  for pause in [Nanos.zero, .ms(3), .ms(40)] {
    let trial = try Trial(rig, TrialSettings(seed: rig.seed("stop", pause.ns)))
    try trial.begin()
    for number in 0..<Rig.batchSize { _ = trial.feed(number) }
    try trial.advance(by: pause)
    for number in Rig.batchSize..<Rig.batchSize + 20 { _ = trial.feed(number) }
    try trial.drain()
    if let first = trial.astray.first {
      throw Finding(
        "\(trial.astray.count) of \(trial.fed.count) packets are lost when the chain stops, packet \(first) among them; "
          + "it is \(trial.log.fates[first])")
    }
    try checkAllFree(trial)
  }
}
