import MixNet
import Sphinx

extension Benchmark {
  static let sphinx = Benchmark(
    name: "sphinx", summary: "packets of 2413 bytes: unwrapped as the stage does it, made, and answered"
  ) { (bench: Bench) throws(BenchError) in
    for batch in [1, 64, 128] {
      let cases = try UnwrapCases(batch: batch, packets: bench.size(256, quick: 4))
      try cases.whole(bench)
      try cases.forged(bench)
      try cases.replayed(bench)
    }
    for batch in [1, 128] { try SphinxChainCase(batch: batch).run(bench) }
    for hops in [1, 3, 5] { try SenderCases(hops: hops).create(bench) }
    try SenderCases(hops: 3).replies(bench)
  }
}
