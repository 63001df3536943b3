import MixHost
import MixNet

/// `releases_once`: after some time of life, and again at once.
func checkReleasesOnce(_ rig: Rig) throws(Finding) {
  for rest in [Nanos.zero, .s(2)] {
    let trial = try Trial(rig, TrialSettings(seed: rig.seed("release", rest.ns)))
    try trial.begin()
    var random = RandomStream(seed: rig.seed("release feed"))
    try trial.feedAll(&random)
    try trial.advance(by: rest)
    try trial.drain()
    let lost = trial.astray
    guard let first = lost.first else { continue }
    let fate = trial.log.fates[first]
    throw Finding(
      fate.settled + fate.verdicts.count == 0
        ? "\(lost.count) of \(trial.fed.count) packets have not come out after the drain, packet \(first) among them"
        : "packet \(first) has come out \(fate.settled) times\(fate.verdicts.isEmpty ? "" : " and was dropped")")
  }
}

/// `hold_limit`: packets come thick and fast, and then a few at a time with nothing after them: those must leave by
/// themselves.
func checkHoldLimit(_ rig: Rig, holdMax: Nanos?, heldMax: Int?) throws(Finding) {
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("limit")))
  var most = 0
  trial.afterTurn = { most = max(most, $0.held) }
  try trial.begin()
  var random = RandomStream(seed: rig.seed("limit feed"))
  let few = [1, 3, Rig.batchSize]
  var next = rig.samples.count - few.reduce(0, +)
  try trial.feedAll(upTo: next, &random)
  for burst in few {
    try trial.advance(by: (holdMax ?? .zero) + .ms(1))
    for number in next..<next + burst { _ = trial.feed(number) }
    next += burst
    try trial.settle()
  }
  if let heldMax, most > heldMax { throw Finding("it holds \(most) packets at once; its limit is \(heldMax)") }
  guard let holdMax else { return }
  try trial.advance(by: holdMax + .ms(1))
  for number in trial.fed {
    let fate = trial.log.fates[number]
    guard let came = fate.cameToMix else { continue }
    let (left, limit) = (fate.left ?? trial.now, "the limit is \(holdMax.ns / 1_000) us")
    if left - came > holdMax + .ms(1) || fate.left == nil {
      let how = fate.left == nil ? "is still held after" : "was held for"
      throw Finding("packet \(number) \(how) \((left - came).ns / 1_000) us; \(limit)")
    }
  }
}
