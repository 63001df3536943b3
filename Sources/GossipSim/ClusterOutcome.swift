/// What came of a ``ClusterRun``.
package struct ClusterOutcome: Sendable {
  package let scenario: ClusterScenario
  /// Pairs of a message and a live node that is to get it, and those that were got.
  package var expected = 0
  package var received = 0
  /// Deliveries of what was there before, and of what nobody has published so.
  package var repeated = 0
  package var damaged = 0
  /// Frames with messages for each delivery, less one: without each origin's first messages, and with them.
  package var rmr = 0.0
  package var rmrAll = 0.0
  package var lastHopMean = 0.0
  /// Milliseconds from publishing to delivery, over all pairs.
  package var latencyHalf = 0.0
  package var latency99 = 0.0
  package var latencyMax = 0.0
  /// Neighbours of a node when the first message was published.
  package var neighboursMean = 0.0
  package var neighboursMin = 0
  /// Simulated seconds until the cluster stood, and in all.
  package var formedSeconds = 0.0
  package var simulatedSeconds = 0.0
  package var events = 0
  package var frames = 0
  package var datagrams = 0
  package var hash: UInt64 = 0
  /// Words about nodes that were well and there all the time: that they may be dead, and that they are.
  package var falseSuspicions = 0
  package var falseDeaths = 0
  /// What honest nodes charged honest ones with, and how many honest nodes honest ones have banned.
  package var honestBlamed = 0
  package var honestBanned = 0
  /// Neighbours that were found to keep messages to themselves, and those of them that did not.
  package var convicted = 0
  package var honestConvicted = 0
  /// From the crash until the survivors' views were whole; nil when they were not in the end.
  package var repairedSeconds: Double?
  package var attack: AttackOutcome?

  package init(_ scenario: ClusterScenario) { self.scenario = scenario }

  package var delivered: Double { expected == 0 ? 0 : Double(received) / Double(expected) }
  /// What must never be, whatever the scenario.
  package var broken: [String] {
    var broken: [String] = []
    if repeated > 0 { broken.append("\(repeated) messages were delivered to a node that had them") }
    if damaged > 0 { broken.append("\(damaged) deliveries were of nothing that was published") }
    if expected == 0 { broken.append("nothing was to be delivered") }
    if honestBanned > 0 { broken.append("\(honestBanned) honest nodes were banned") }
    if scenario.attack == nil, honestConvicted > 0 {
      broken.append("\(honestConvicted) honest nodes were taken for ones that keep messages to themselves")
    }
    return broken
  }
}

/// What sybils came to.
package struct AttackOutcome: Sendable {
  package var sybils = 0
  /// The share of sybils among honest nodes' neighbours when the first message was published, and in the end.
  package var shareBefore = 0.0
  package var shareAfter = 0.0
  /// The longest time that a sybil which passed nothing on was an honest node's neighbour while messages came, in seconds.
  package var stayMax = 0.0
  /// Those that some honest node has banned.
  package var banned = 0
  package init() {}
}
