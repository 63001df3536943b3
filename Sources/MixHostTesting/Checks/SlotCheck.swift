import MixHost
import MixNet

/// `slots_conserved`.
func checkSlotsConserved(_ rig: Rig) throws(Finding) {
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("slots"), workers: 2))
  var gap: String?
  trial.afterTurn = { chain in
    let (came, went) = chain.accounts
    if gap == nil, came != went + chain.held {
      gap = "\(came) packets came or were made, \(went) went, and \(chain.held) are held"
    }
  }
  try trial.begin()
  var random = RandomStream(seed: rig.seed("slots feed"))
  for _ in 0..<3 {
    try trial.feedAll(&random, workers: 2)
    try trial.advance(by: .ms(500))
  }
  try trial.drain()
  if let gap { throw Finding(gap) }
  try checkAllFree(trial)
}

/// After the drain every slot is free.
func checkAllFree(_ trial: Trial) throws(Finding) {
  let missing = trial.chain.slots - trial.chain.free
  if missing > 0 {
    throw Finding(
      "after the drain \(missing) of \(trial.chain.slots) slots are not free; \(trial.chain.held) packets are held")
  }
}
