extension Benchmark {
  static let read = Benchmark(name: "read", summary: "") { (_: Bench) throws(BenchError) in }
}
