import MixHost
import MixNet

/// `split_invariance`: the samples in whole batches, one by one, and cut at random; time stands still.
func checkSplitInvariance(_ rig: Rig) throws(Finding) {
  let count = 2 * Rig.batchSize
  let whole = try fates(rig, parts: [Rig.batchSize, Rig.batchSize])
  var random = RandomStream(seed: rig.seed("split"))
  var splits = [[Int](repeating: 1, count: count), [1, count - 1], [Rig.batchSize - 1, 1, 1, Rig.batchSize - 1]]
  for _ in 0..<6 {
    var split: [Int] = []
    var left = count
    while left > 0 {
      split.append(1 + Int(random.below(UInt64(min(left, Rig.batchSize)))))
      left -= split.last ?? left
    }
    splits.append(split)
  }
  for split in splits {
    let other = try fates(rig, parts: split)
    guard let first = whole.indices.first(where: { !whole[$0].isLike(other[$0]) }) else { continue }
    let cut = split.count == count ? "batches of one" : "batches of \(split.map(String.init).joined(separator: ", "))"
    let (one, two) = (whole[first], other[first])
    throw Finding("packet \(first): in batches of \(Rig.batchSize) it is \(one); in \(cut) it is \(two)")
  }
}

/// What becomes of each sample when so many at a time are fed.
private func fates(_ rig: Rig, parts: [Int]) throws(Finding) -> [PacketFate] {
  let samples = Array(rig.samples.prefix(parts.reduce(0, +)))
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("split run")), samples: samples)
  try trial.begin()
  var next = 0
  for part in parts {
    for number in next..<next + part { _ = trial.feed(number) }
    next += part
    try trial.settle()
  }
  try trial.drain()
  return trial.log.fates
}
