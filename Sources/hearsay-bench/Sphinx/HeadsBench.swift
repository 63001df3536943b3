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
  private static let batch = 128
  private let route = MixRoute(hops: 3)
  private let packets: [[UInt8]]

  init(packets count: Int) throws(BenchError) { packets = try route.packets(count) }

  /// How much more two threads do than one.
  func speedup() throws(BenchError) -> Double {
    let (one, two) = (try measure(1), try measure(2))
    return one.nsEach / two.nsEach
  }

  func measure(_ threads: Int) throws(BenchError) -> Measure {
    let stages = try SphinxStages(route, batch: Self.batch)
    let score = HeadScore(threads)
    var running: [Box] = []
    do throws(SystemError) {
      for number in 0..<threads {
        // Each has its part of the packets before any begins.
        let part = Array(packets[packets.count * number / threads..<packets.count * (number + 1) / threads])
        running.append(Box(try Thread("head \(number)") { score.work(stages, part, Self.batch) }))
      }
    } catch { throw BenchError(error.description) }
    for box in running { box.thread.take()?.join() }
    let done = score.done
    var measure = Measure("\(threads) \(threads == 1 ? "thread" : "threads")")
    (measure.sent, measure.received, measure.cost) = (packets.count, done.left, done.cost)
    // Twice the same packets are none of a chain's that shares its tags with the first.
    if done.again != 0 { measure.fault("\(done.again) packets were let through twice") }
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
    var left = 0
    var again = 0
    var cost = Meter()
  }

  private let sums = Mutex(Sums())
  private let ready = Atomic(0)
  private let threads: Int

  init(_ threads: Int) { self.threads = threads }

  var done: Sums { sums.withLock { $0 } }

  func work(_ stages: SphinxStages, _ packets: [[UInt8]], _ batch: Int) {
    guard let chain = try? stages.chain() else { return }
    ready.add(1, ordering: .acquiringAndReleasing)
    while ready.load(ordering: .acquiring) < threads {}
    var cost = Meter()
    var left = 0
    cost.measure { left = Self.run(chain, packets, batch) }
    // Once more, all at once replayed: nothing may come out.
    let again = Self.run(chain, packets, batch)
    sums.withLock { sums in
      sums.left += left
      sums.again += again
      sums.cost.addBeside(cost)
    }
  }

  /// How many packets left the chain.
  private static func run(_ chain: LoneChain, _ packets: [[UInt8]], _ batch: Int) -> Int {
    var left = 0
    for start in stride(from: 0, to: packets.count, by: batch) {
      for packet in packets[start..<min(start + batch, packets.count)] { _ = chain.feed(packet.span, on: .incoming(0)) }
      var more = true
      while more { more = chain.step(at: LightStages.now) { _ in left += 1 } }
    }
    return left
  }
}
