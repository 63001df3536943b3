import LinuxNet
import MixHost
import MixNet
import Synchronization

extension Benchmark {
  static let heads = Benchmark(
    name: "heads", summary: "Sphinx chains that share the tags seen, one on a thread: packets from memory, no sockets"
  ) { (bench: Bench) throws(BenchError) in
    let run = try HeadsRun(packets: bench.size(24_000, quick: 512))
    for threads in [1, 2] { bench.show(try run.measure(threads)) }
  }
}

/// The same packets through the chains of one thread, or shared among several.
struct HeadsRun {
  fileprivate static let batch = 128
  private let route = MixRoute(hops: 3)
  private let packets: [[UInt8]]

  init(packets count: Int) throws(BenchError) { packets = try route.packets(count) }

  /// How much more two threads do than one: the median of five pairs, since a machine that takes a processor away for some
  /// milliseconds takes it from two threads twice as often.
  func speedup() throws(BenchError) -> Double {
    var ratios: [Double] = []
    for _ in 0..<5 {
      let (one, two) = (try measure(1), try measure(2))
      if let fault = (one.faults + two.faults).first { throw BenchError(fault) }
      ratios.append(one.nsEach / two.nsEach)
    }
    return ratios.sorted()[2]
  }

  func measure(_ threads: Int) throws(BenchError) -> Measure {
    let stages = try SphinxStages(route, batch: Self.batch)
    let score = HeadScore(threads)
    var running: [Box] = []
    let parts = (0..<threads).map { number in
      Array(packets[packets.count * number / threads..<packets.count * (number + 1) / threads])
    }
    do throws(SystemError) {
      for number in 0..<threads {
        // What the thread beside it has let through is dropped here, since both share the tags.
        let again = parts[(number + 1) % threads]
        running.append(Box(try Thread("head \(number)") { [part = parts[number]] in score.work(stages, part, again) }))
      }
    } catch {
      score.giveUp(error.description)
    }
    for box in running { box.thread.take()?.join() }
    let done = score.done
    if let fault = done.fault { throw BenchError(fault) }
    var measure = Measure("\(threads) \(threads == 1 ? "thread" : "threads")")
    (measure.sent, measure.cost) = (packets.count, done.cost)
    var times = [Int](repeating: 0, count: packets.count)
    for packet in done.left {
      if let number = route.deliver(packet, from: 1), times.indices.contains(number) { times[number] += 1 }
    }
    measure.received = times.count { $0 == 1 }
    measure.wrong = packets.count - measure.received
    if done.again != 0 { measure.fault("\(done.again) packets were let through that the other thread had seen") }
    return measure
  }

  private final class Box {
    var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
  }
}

/// What the threads did.
private final class HeadScore: Sendable {
  struct Sums {
    /// What left the chains, for the next node.
    var left: [[UInt8]] = []
    var again = 0
    var cost = Meter()
    var fault: String?
  }

  private let sums = Mutex(Sums())
  private let arrived = Atomic(0)
  private let threads: Int

  init(_ threads: Int) { self.threads = threads }

  var done: Sums { sums.withLock { $0 } }

  /// Nobody is to wait for the others any more.
  func giveUp(_ sentence: String) {
    sums.withLock { $0.fault = sentence }
    arrived.add(2 * threads, ordering: .releasing)
  }

  /// Waits until all threads have come here so many times.
  private func meet(_ time: Int) {
    arrived.add(1, ordering: .acquiringAndReleasing)
    while arrived.load(ordering: .acquiring) < time * threads {}
  }

  func work(_ stages: SphinxStages, _ packets: [[UInt8]], _ others: [[UInt8]]) {
    let chain: LoneChain
    do throws(BenchError) { chain = try stages.chain() } catch { return giveUp(error.sentence) }
    var left = ExitLog(capacity: packets.count, size: packets.first?.count ?? 0)
    meet(1)
    var cost = Meter()
    cost.measure { Self.run(chain, packets, &left) }
    meet(2)
    var again = ExitLog(capacity: others.count, size: packets.first?.count ?? 0)
    Self.run(chain, others, &again)
    let (mine, repeated) = (left.take(), again.count)
    sums.withLock { sums in
      sums.left += mine
      sums.again += repeated
      sums.cost.addBeside(cost)
    }
  }

  private static func run(_ chain: LoneChain, _ packets: [[UInt8]], _ left: inout ExitLog) {
    for start in stride(from: 0, to: packets.count, by: HeadsRun.batch) {
      for packet in packets[start..<min(start + HeadsRun.batch, packets.count)] {
        _ = chain.feed(packet.span, on: .incoming(0))
      }
      left.turn(chain)
    }
  }
}
