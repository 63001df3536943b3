import MixHost
import MixNet

extension Benchmark {
  static let stages = Benchmark(
    name: "stages", summary: "64-byte packets through head, light stages of six roles and tail, in one thread"
  ) { (bench: Bench) throws(BenchError) in
    for (batch, every) in [(1, 0), (128, 0), (128, 5)] as [(Int, UInt64)] {
      var measure = Measure("batch \(batch)" + (every > 0 ? ", 1 of \(every) dropped" : ""))
      var run = StagesRun(chain: try LightStages.chain(batch: batch, dropsEvery: every), batch: batch, every: every)
      let piece = max(1, bench.size(100_000, quick: 1_000) / batch)
      // The first packets fill the pool, touch the memory and grow what grows.
      run.turns(2 * piece)
      let warm = run.sent
      repeat { measure.cost.measure { run.turns(piece) } } while measure.cost.wall < bench.time
      measure.timed = Int(run.sent - warm)
      run.end(&measure)
      bench.show(measure)
    }
  }
}

/// A chain under way, its clock standing still: nothing is delayed. What comes out is looked at on the spot.
struct StagesRun {
  let chain: LoneChain
  let batch: Int
  /// One packet of so many is to be dropped; 0: none.
  let every: UInt64
  private(set) var sent: UInt64 = 0
  private var expected = NumberSet()
  private var left = NumberSet()
  private var wrong = 0
  private var stamp = Stamp()

  init(chain: LoneChain, batch: Int, every: UInt64) {
    self.chain = chain
    self.batch = batch
    self.every = every
  }

  /// Feeds one batch a turn.
  mutating func turns(_ count: Int) {
    let chain = chain
    for _ in 0..<count {
      for _ in 0..<batch { feed() }
      _ = chain.step(at: LightStages.now) { Self.take($0, of: chain, &left, &wrong) }
    }
  }

  private mutating func feed() {
    stamp.set(sent)
    if stamp.withBytes({ chain.feed($0, on: .incoming(0)) }) == nil { wrong += 1 }
    if !LightVerify.drops(sent, every: every) { expected.add(sent) }
    sent += 1
  }

  private static func take(_ exit: LoneExit, of chain: LoneChain, _ left: inout NumberSet, _ wrong: inout Int) {
    if let number = chain.look(at: exit.slot, skipping: exit.skip, Stamp.number(of:)) {
      left.add(number)
    } else {
      wrong += 1
    }
  }

  /// Lets the rest out and fills in the counts.
  mutating func end(_ measure: inout Measure) {
    let chain = chain
    while chain.held > 0 { chain.drain { Self.take($0, of: chain, &left, &wrong) } }
    measure.sent = Int(sent)
    measure.received = left.count
    measure.dropped = Int(sent) - expected.count
    measure.wrong = wrong
    if left != expected { measure.fault("what came out is not what went in and was not to be dropped") }
    if chain.accounts != (Int(sent), Int(sent)) { measure.fault("the host's counts are others: \(chain.accounts)") }
  }
}
