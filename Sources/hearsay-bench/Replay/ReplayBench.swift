import LinuxNet
import MixNet
import Sphinx

extension Benchmark {
  static let replay = Benchmark(
    name: "replay", summary: "the set of packets seen, filled to its capacity and run at ten times that"
  ) { (bench: Bench) throws(BenchError) in
    let capacity = bench.size(1 << 20, quick: 1 << 14)
    try ReplayFill(capacity: capacity).run(bench)
    var first: Measure?
    for workers in [1, 2, 4] {
      let measure = try ReplayWorkers(workers: workers, capacity: capacity).run(bench)
      if let first { bench.ratio(measure, to: first) } else { first = measure }
    }
  }
}

/// Tags that follow from numbers, so that none must be kept to ask for it again.
enum BenchTag {
  static func tag(_ number: UInt64) -> Bytes32 {
    Bytes32(words: [mix(2 &* number &+ 1), mix(2 &* number &+ 2), number, 0])
  }

  /// A bijection (splitmix64's), so that no two tags are the same.
  private static func mix(_ number: UInt64) -> UInt64 {
    var z = number &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}

/// A worker's way of asking: batches of 128.
struct ReplayAsker {
  static let batch = 128
  let tags: ReplayTags
  let scratch: ReplayBatch

  init(_ tags: ReplayTags) {
    self.tags = tags
    var random = RandomStream(seed: Seed(9))
    scratch = ReplayBatch(capacity: Self.batch, shards: tags.shardCount, key: tags.start(&random))
  }

  /// Asks for the tags of these numbers, at most a batch.
  func ask(_ numbers: Range<UInt64>) {
    for (i, number) in numbers.enumerated() { scratch.add(i, BenchTag.tag(number)) }
    tags.insert(scratch)
  }
}
