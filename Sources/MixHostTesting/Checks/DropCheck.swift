import MixHost
import MixNet

/// `drops_stay_dropped`: another stage drops a third of the packets, the stage drops what it drops, and all of them stay
/// where they are.
func checkDropsStayDropped(_ rig: Rig) throws(Finding) {
  let drops = Set(rig.samples.indices.filter { $0 % 3 == 1 })
  for dropped in [drops, []] {
    let trial = try Trial(rig, TrialSettings(seed: rig.seed("drop"), isPainted: true, drops: dropped))
    try trial.begin()
    var random = RandomStream(seed: rig.seed("drop feed"))
    try trial.feedAll(&random)
    try trial.advance(by: .s(2))
    try trial.drain()
    if let breach = trial.log.breaches.first { throw Finding(breach) }
    if trial.spoilt > 0 {
      throw Finding("\(trial.spoilt) times the memory of a packet that had ended was written to")
    }
    for number in trial.fed {
      let fate = trial.log.fates[number]
      if !fate.verdicts.isEmpty, fate.settled > 0 { throw Finding("packet \(number) was \(fate.verdicts[0]) and sent") }
      if fate.verdicts.count > 1 { throw Finding("packet \(number) got two verdicts: \(fate.verdicts)") }
    }
  }
  if rig.role == .decode { try checkSurvivors(rig, drops) }
}

/// Between `decode` and `finish` the dropped packets leave the batch and the others move up: what becomes of those must
/// not depend on it.
private func checkSurvivors(_ rig: Rig, _ drops: Set<Int>) throws(Finding) {
  let whole = try batch(rig, drops: [])
  let thinned = try batch(rig, drops: drops)
  for number in whole.indices where !drops.contains(number) && !whole[number].isLike(thinned[number]) {
    throw Finding(
      "packet \(number) is \(whole[number]), but \(thinned[number]) when others are dropped between decode "
        + "and finish; what finish needs belongs into the packet's scratch")
  }
}

private func batch(_ rig: Rig, drops: Set<Int>) throws(Finding) -> [PacketFate] {
  let samples = Array(rig.samples.prefix(Rig.batchSize))
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("survivors"), drops: drops), samples: samples)
  try trial.begin()
  for number in samples.indices { _ = trial.feed(number) }
  try trial.settle()
  try trial.drain()
  return trial.log.fates
}
