import Glibc
import Gossip
import LinuxNet
import MixHost
import MixNet
import Synchronization

/// Something that happens on several threads, counted.
final class Tally: Sendable {
  private let sum = Atomic(0)
  var count: Int { sum.load(ordering: .acquiring) }
  func add(_ count: Int = 1) { sum.add(count, ordering: .acquiringAndReleasing) }
}

/// Publishes at a rate, and holds what comes against what was published.
struct GossipLoad {
  private let words: GossipWords
  private let isSigned: Bool
  /// Messages that may be under way to the publishers' nodes when they go as fast as they are taken.
  private static let aheadMax = 512
  private static let topic = "bench"

  init(_ words: GossipWords, isSigned: Bool) { (self.words, self.isSigned) = (words, isSigned) }

  func run() throws(BenchError) -> GossipResult {
    let threads = words.threads(isSigned: isSigned)
    let cluster = try GossipCluster(
      words.nodes, threads: threads, isSigned: isSigned, history: words.history(isSigned: isSigned))
    defer { cluster.stop() }
    try cluster.gather()
    let sheets = (0..<(threads == 0 ? words.nodes : threads)).map { _ in GossipBenchSheet() }
    for (number, node) in cluster.nodes.enumerated() {
      let reader = GossipBenchReader(number, sheets[number % sheets.count])
      node.tellGossip { stage, _ in _ = stage.subscribe(Self.topic, reader) }
    }
    // Ways are found and caches are warm before time is taken.
    var number = 0
    try publish(&number, for: .s(3), rate: max(GossipWords.warmRate, min(words.rate, 400)), cluster)
    try waitForAll(number, sheets)
    let warm = number
    for sheet in sheets { sheet.measure(from: warm) }
    let before = try cluster.counts()
    let start = SystemClock().now
    let (own, cpu, stolen) = (ProcessorTime.thread, ProcessorTime.process, StolenTime.now)
    try publish(&number, for: .s(UInt64(words.seconds)), rate: words.rate, cluster)
    try waitForAll(number, sheets)
    let wall = SystemClock().now - start
    // What publishes is no node.
    let spent = ProcessorTime.process - cpu - (ProcessorTime.thread - own)
    let after = try cluster.counts()
    let isMissed = (0..<words.nodes).contains { sheets[$0 % sheets.count].distinct(at: $0) < number }
    if isMissed {
      explain(number, sheets)
      cluster.explain()
    }
    return GossipResult(
      messages: number - warm, nodes: words.nodes, threads: threads == 0 ? words.nodes : threads, sheets: sheets,
      wall: wall, cpu: spent, stolen: StolenTime.now - stolen,
      frames: after.received - before.received, accepted: after.accepted - before.accepted)
  }

  /// Says on standard error which messages are missing, and where.
  private func explain(_ count: Int, _ sheets: [GossipBenchSheet]) {
    let missing = (0..<count).lazy.map { number in
      (number, (0..<words.nodes).filter { !sheets[$0 % sheets.count].has(number, at: $0) })
    }
    for (number, nodes) in missing.filter({ !$0.1.isEmpty }).prefix(20) {
      Output.note("message \(number), of node \(number % words.publishers), is missing at \(nodes)")
    }
  }

  /// Publishes for a time, one message after the other by each publisher in turn; at a rate all that belong to that time, even if the last are late.
  private func publish(
    _ number: inout Int, for time: Nanos, rate: Int, _ cluster: GossipCluster
  ) throws(BenchError) {
    let clock = SystemClock()
    let start = clock.now
    let taken = Tally()
    let first = number
    let all = Int(time.ns) / 1_000 * rate / 1_000_000
    while rate > 0 ? number - first < all : clock.now - start < time {
      if rate > 0 {
        let due = start + Nanos(UInt64(number - first) * 1_000_000_000 / UInt64(rate))
        if due > clock.now {
          usleep(useconds_t(min(100_000, (due - clock.now).ns / 1_000)))
          continue
        }
      } else if number - first - taken.count >= Self.aheadMax {
        usleep(50)
        continue
      }
      send(number, cluster.nodes[number % words.publishers], taken)
      number += 1
    }
    while taken.count < number - first { usleep(100) }
  }

  private func send(_ number: Int, _ node: NodeThreads, _ taken: Tally) {
    let payload = GossipPayload.bytes(number, at: SystemClock().now, size: words.size)
    node.tellGossip { stage, turn in
      // As whoever has more to say than can leave.
      stage.whenThereIsRoom(toPublish: payload.count, &turn) { stage, turn in
        // What is refused is missing in the end, and then the run has failed.
        if case .refused(let why) = stage.publish(payload, topic: Self.topic, &turn) {
          Output.note("message \(number) is refused: \(why)")
        }
        taken.add()
      }
    }
  }

  /// Waits until all has come everywhere, or nothing more comes.
  private func waitForAll(_ count: Int, _ sheets: [GossipBenchSheet]) throws(BenchError) {
    var (last, quiet) = (-1, 0)
    while quiet < 100 {
      let sum = sheets.reduce(0) { $0 + $1.distinct }
      if sum == count * words.nodes { return }
      quiet = sum == last ? quiet + 1 : 0
      last = sum
      usleep(50_000)
    }
  }
}
