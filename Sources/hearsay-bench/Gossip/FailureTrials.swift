import Foundation
import LinuxNet
import MixNet
import OrderedJSON

/// Nodes in processes of their own, one of which is killed or stopped, again and again; how long it takes until all others know.
final class FailureTrials {
  private let words: GossipWords
  private let trial: GossipWords.Trial
  private var children: [GossipChild] = []
  private let ports: [UInt16]
  private let folder: URL

  init(_ words: GossipWords, _ trial: GossipWords.Trial) throws(BenchError) {
    (self.words, self.trial) = (words, trial)
    ports = try FreePorts.take(words.nodes)
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hearsay-bench-\(getpid())")
  }

  func run() throws(BenchError) -> Int32 {
    defer { end() }
    for number in 0..<words.nodes { children.append(try start(number)) }
    try waitUntilAllKnow()
    var times: [Double] = []
    for round in 0..<words.trials {
      // Never the seed that others come back by.
      let victim = 1 + round * 7 % (words.nodes - 1)
      times.append(try once(victim))
      if !words.isJSON { Output.note("\(round + 1) of \(words.trials): \(Output.rounded(times[round])) ms") }
    }
    show(times.sorted())
    return 0
  }

  private func start(_ number: Int) throws(BenchError) -> GossipChild {
    let state = folder.appendingPathComponent("\(number)").path
    return try GossipChild(number, port: ports[number], seed: ports[number == 0 ? 1 : 0], state: state)
  }

  /// One node fails; milliseconds until all others have found that it is dead. Then all is well again.
  private func once(_ victim: Int) throws(BenchError) -> Double {
    let id = children[victim].id
    let others = children.indices.filter { $0 != victim }
    let began = SystemClock().now
    kill(children[victim].pid, trial == .kill ? SIGKILL : SIGSTOP)
    var last = began
    for other in others {
      guard let time = children[other].wait(for: "dead", of: id, since: began, atMost: .s(30)) else {
        throw BenchError("node \(other) has not found in half a minute that node \(victim) is gone")
      }
      last = max(last, time)
    }
    switch trial {
    case .kill:
      children[victim].reap()
      children[victim] = try start(victim)
    case .stall: kill(children[victim].pid, SIGCONT)
    }
    try waitUntilAllKnow()
    return Double((last - began).ns) / 1e6
  }

  private func waitUntilAllKnow() throws(BenchError) {
    let end = SystemClock().now + .s(60)
    for child in children where !child.knows(words.nodes, until: end) {
      throw BenchError("the nodes have not found each other in a minute")
    }
  }

  private func show(_ times: [Double]) {
    func at(_ percent: Int) -> Double { times[min(times.count - 1, times.count * percent / 100)] }
    guard words.isJSON else {
      Output.line("\(Machine().text), load average \(LoadAverage.now)")
      return Output.line(
        "\(words.nodes) nodes, \(times.count) times \(trial.rawValue): all others knew after "
          + "p50 \(Output.rounded(at(50))) ms, p99 \(Output.rounded(at(99))) ms, max \(Output.rounded(times[times.count - 1])) ms"
      )
    }
    Output.line(
      JSON.object([
        ("bench", .text("gossip")), ("trial", .text(trial.rawValue)), ("nodes", .int(words.nodes)),
        ("trials", .int(times.count)),
        (
          "detected_ms",
          .object([("p50", .double(at(50))), ("p99", .double(at(99))), ("max", .double(times[times.count - 1]))])
        ),
        ("load_average", .text(LoadAverage.now)),
      ]).line)
  }

  private func end() {
    for child in children {
      kill(child.pid, SIGKILL)
      child.reap()
    }
    try? FileManager.default.removeItem(at: folder)
  }
}
