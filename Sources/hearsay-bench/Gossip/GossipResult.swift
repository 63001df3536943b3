import MixNet
import OrderedJSON

/// What a run gave.
struct GossipResult {
  let messages: Int
  let threads: Int
  let expected: Int
  /// Messages that came to nodes that had not published them, each once.
  let received: Int
  let doubled: Int
  let wrong: Int
  let wall: Nanos
  let cpu: ProcessorTime
  /// Time of the processors that went to other machines meanwhile.
  let stolen: Nanos
  /// Frames with messages that came for each first delivery, less one.
  let rmr: Double
  private let latencies: [UInt32]

  init(
    messages: Int, nodes: Int, threads: Int, sheets: [GossipBenchSheet], wall: Nanos, cpu: ProcessorTime, stolen: Nanos,
    frames: Int,
    accepted: Int
  ) {
    (self.messages, self.threads, self.wall, self.cpu, self.stolen) = (messages, threads, wall, cpu, stolen)
    latencies = sheets.flatMap(\.latencies).sorted()
    expected = messages * (nodes - 1)
    received = latencies.count
    doubled = sheets.reduce(0) { $0 + $1.doubled }
    wrong = sheets.reduce(0) { $0 + $1.wrong }
    rmr = Double(frames) / Double(max(1, accepted)) - 1
  }

  var isWhole: Bool { received == expected && doubled == 0 && wrong == 0 && messages > 0 }
  var fault: String { "\(received) of \(expected) came, \(doubled) twice, \(wrong) wrong" }

  private func latencyMS(_ percent: Double) -> Double {
    guard !latencies.isEmpty else { return 0 }
    return Double(latencies[min(latencies.count - 1, Int(Double(latencies.count) * percent / 100))]) / 1_000
  }

  private func perDelivery(_ time: Nanos) -> Double { Double(time.ns) / 1_000 / Double(max(1, received)) }
  private var cpuUS: Double { perDelivery(cpu.all) }
  private var userUS: Double { perDelivery(cpu.user) }
  private var kernelUS: Double { perDelivery(cpu.kernel) }
  /// The share of the processors' time that the nodes had, in percent: at about 100 they can do no more.
  private var busyPercent: Double { percent(cpu.all) }
  private var stolenPercent: Double { percent(stolen) }
  private func percent(_ time: Nanos) -> Double {
    Double(time.ns) * 100 / Double(max(1, wall.ns)) / Double(max(1, Machine().cores))
  }
  private var perSecond: Double { Double(received) * 1e9 / Double(max(1, wall.ns)) }
  private var delivered: Double { Double(received) / Double(max(1, expected)) }

  var text: String {
    "\(threads == 1 ? "one thread" : "\(threads) threads"), delivered \(received) of \(expected), "
      + "p50 \(Output.rounded(latencyMS(50))) ms, p99 \(Output.rounded(latencyMS(99))) ms, "
      + "\(Output.rate(perSecond)) deliveries a second, \(Output.rounded(cpuUS)) us of CPU a delivery "
      + "(\(Output.rounded(userUS)) in the program, \(Output.rounded(kernelUS)) in the kernel), rmr \(Output.rounded(rmr)); \(limit)"
  }

  /// What keeps it from being faster.
  private var limit: String {
    let busy =
      "the nodes had \(Output.rounded(busyPercent)) % of the processors, other machines \(Output.rounded(stolenPercent)) %"
    guard busyPercent >= 85 else { return busy }
    let kernelPercent = Double(cpu.kernel.ns) * 100 / Double(max(1, cpu.all.ns))
    return "limited by the processors: \(busy), \(Output.rounded(kernelPercent)) % of that in the kernel"
  }

  private var fields: [(String, JSON)] {
    [
      ("threads", .int(threads)), ("messages", .int(messages)), ("delivered", .double(delivered)),
      ("expected", .int(expected)),
      ("received", .int(received)),
      ("doubled", .int(doubled)), ("wrong", .int(wrong)),
      (
        "latency_ms",
        .object([
          ("p50", .double(latencyMS(50))), ("p99", .double(latencyMS(99))), ("p99_9", .double(latencyMS(99.9))),
          ("max", .double(latencyMS(100))),
        ])
      ),
      ("deliveries_per_second", .double(perSecond)), ("cpu_us_per_delivery", .double(cpuUS)),
      ("cpu_user_us_per_delivery", .double(userUS)), ("cpu_kernel_us_per_delivery", .double(kernelUS)),
      ("cpu_busy_percent", .double(busyPercent)), ("cpu_stolen_percent", .double(stolenPercent)),
      ("limit", .text(limit)), ("rmr", .double(rmr)),
    ]
  }

  func json(signed: GossipResult) -> String {
    JSON.object(
      [("bench", .text("gossip"))] + fields + [
        ("signed", .object(signed.fields)), ("load_average", .text(LoadAverage.now)),
      ]
    ).line
  }
}
