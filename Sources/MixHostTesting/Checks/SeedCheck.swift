import MixHost
import MixNet

/// `same_seed`: two lives of the same seed, event by event. The first one stays where it is in memory while the second
/// runs: the order of a set follows from its address.
func checkSameSeed(_ rig: Rig) throws(Finding) {
  let one = try life(rig)
  let two = try life(rig)
  let (first, second) = (one.log.events, two.log.events)
  guard first != second else { return }
  let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  let at = place ?? min(first.count, second.count)
  func event(_ all: [String]) -> String { at < all.count ? "'\(all[at])'" : "nothing more" }
  throw Finding("two runs of one seed differ at event \(at): once \(event(first)), once \(event(second))")
}

private func life(_ rig: Rig) throws(Finding) -> Trial {
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("same")))
  try trial.begin()
  var random = RandomStream(seed: rig.seed("same feed"))
  try trial.feedAll(&random)
  try trial.advance(by: .s(2))
  try trial.drain()
  return trial
}
