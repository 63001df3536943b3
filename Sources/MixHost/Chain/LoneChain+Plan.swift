import MixNet

extension ChainPlan {
  /// The plan of a chain that stands in no file: its tail is on worker 0, and all workers run a head.
  package static func lone(
    _ name: String, shape: DecodeShape, stages: [String], workers: Int = 1, batchSize: Int, poolSize: Int
  ) -> ChainPlan {
    ChainPlan(
      name: name, number: 0, heads: [Bool](repeating: true, count: workers), owner: 0, batchSize: batchSize,
      poolSize: poolSize, maxQueueDepth: poolSize, shape: shape, stageNames: stages, listen: nil,
      datagrams: .loopback(port: 0))
  }
}

extension StageDescriptor {
  /// The capabilities that the stage uses, by name.
  package var wants: [String] { uses }
  /// The columns that the stage reads.
  package var needsColumns: ColumnSet { needs }
}
