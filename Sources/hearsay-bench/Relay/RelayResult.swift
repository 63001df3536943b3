import OrderedJSON

/// What one run gave.
struct RelayResult {
  var sent = 0
  var received = 0
  /// Frames that came out twice, or not as they must.
  var wrong = 0
  /// By the node under load, since it began.
  var dropped: [(reason: String, count: Int)] = []
  var shed = 0
  var framesIn = 0
  /// Frames out, from the first one in to the last one out.
  var perSecond = 0.0
  /// The node's processor time of a frame.
  var cpuMicroseconds = 0.0
  /// Nil where several workers ran.
  var allocations: Double?
  /// From just before a frame was written into the node's socket until it had come to the sink's, in microseconds, sorted. What
  /// several frames that were read at once took is that of the last.
  var latencies: [Double] = []
  /// From when a frame was due until the sink had read it, sorted: with what the generator and the sink were late on the same processors.
  var wholes: [Double] = []
  var residentBytes = 0

  func latency(_ share: Double) -> Double { Self.part(share, of: latencies) }
  func whole(_ share: Double) -> Double { Self.part(share, of: wholes) }

  private static func part(_ share: Double, of sorted: [Double]) -> Double {
    sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
  }

  var droppedInAll: Int { dropped.reduce(0) { $0 + $1.count } }
  /// Frames in that there was memory for: what is shed is counted as come in, too.
  var poolHitRate: Double { framesIn == 0 ? 0 : 1 - Double(shed) / Double(framesIn) }

  /// What is wrong, if anything: what went in must have come out, or be dropped and counted.
  var fault: String? {
    if wrong > 0 { return "\(wrong) of \(sent) frames came out wrong, or twice" }
    if received + droppedInAll != sent {
      return "\(received) frames came out, but \(sent) went in and \(droppedInAll) were dropped and counted"
    }
    return nil
  }

  var fields: [(String, JSON)] {
    [
      ("in", .int(sent)), ("out", .int(received)),
      ("dropped", .object(dropped.map { ($0.reason, .int($0.count)) })),
      ("packets_per_second", .double(perSecond)), ("cpu_us_per_packet", .double(cpuMicroseconds)),
      ("allocations_per_packet", allocations.map { .double($0) } ?? .null),
      ("latency_us", Self.parts(latencies)), ("whole_us", Self.parts(wholes)),
      ("pool_hit_rate", .double(poolHitRate)), ("resident_mb", .double(Double(residentBytes) / 1e6)),
    ]
  }

  private static func parts(_ sorted: [Double]) -> JSON {
    .object([("p50", 0.5), ("p99", 0.99), ("p999", 0.999)].map { ($0.0, .double(part($0.1, of: sorted))) })
  }

  var text: String {
    let drops = dropped.isEmpty ? "" : ", dropped " + dropped.map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
    return "\(Output.rate(perSecond))/s, \(Output.rounded(cpuMicroseconds)) us of processor time a packet, "
      + "latency p50 \(Output.rounded(latency(0.5))) us, p99 \(Output.rounded(latency(0.99))) us, "
      + "p99.9 \(Output.rounded(latency(0.999))) us (due to read: \(Output.rounded(whole(0.5))), "
      + "\(Output.rounded(whole(0.99))), \(Output.rounded(whole(0.999)))); \(sent) in, \(received) out\(drops); "
      + (allocations.map { "\(Output.rounded($0)) allocations a packet, " } ?? "")
      + "\(Output.rounded(Double(residentBytes) / 1e6)) MB"
  }
}
