import MixHost
import MixNet

/// `no_allocation`: the chain as bare as it is in a node. A warm-up lets tables grow and types be made ready.
func checkNoAllocation(_ rig: Rig) throws(Finding) {
  let trial = try Trial(rig, TrialSettings(seed: rig.seed("allocation"), isWatched: false))
  let chain = trial.chain
  let log = trial.log
  chain.begin()
  for number in 0...StageConformance.links { chain.change(.incoming(number), isUp: true) }
  var time = Rig.start
  var next = 0
  func run(_ packets: Int) -> Int {
    var fed = 0
    var turns = 0
    while fed < packets, turns < 4 * packets {
      turns += 1
      for _ in 0..<Rig.batchSize {
        let sample = log.samples[next]
        let link = LinkID.incoming(Int(sample.link.magnitude % UInt(StageConformance.links)))
        guard let slot = chain.feed(sample.bytes.span, on: link) else { break }
        log.feed(next, slot: slot)
        next = next + 1 == log.samples.count ? 0 : next + 1
        fed += 1
      }
      time = time + .us(500)
      var rounds = 0
      while chain.step(at: time, { _ in }), rounds < 1_000 { rounds += 1 }
    }
    return fed
  }
  _ = run(8_192)
  let counter = AllocationCounter()
  let packets = run(16_384)
  let (count, size) = (counter.count, counter.size)
  if count > 0 {
    throw Finding("\(count) allocations of \(size) bytes in all for \(packets) packets, after a warm-up of 8192")
  }
}
