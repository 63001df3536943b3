import LinuxNet
import MixNet
import Sphinx
import Synchronization

/// Workers that ask for the same tags at the same time, each beginning elsewhere: every tag may be new to one of them,
/// and to no other.
struct ReplayWorkers {
  let workers: Int
  let capacity: Int

  func run(_ bench: Bench) throws(BenchError) -> Measure? {
    try bench.run("\(workers) \(workers == 1 ? "worker" : "workers"), same tags", unit: "tag") {
      (measure: inout Measure) throws(BenchError) in
      let tags = ReplayTags(tagsMax: capacity)
      // The memory is there before the first is asked.
      _ = ReplayAsker(tags)
      let score = ReplayScore(tags: capacity)
      try askAll(tags, score)
      measure.sent = workers * capacity
      measure.received = score.new
      measure.dropped = score.seen
      // Each tag once: less is a false drop, more a false accept.
      let (falseDrops, falseAccepts) = (score.never, score.twice)
      measure.wrong = falseDrops + falseAccepts
      measure.extra = [("false_drops", Double(falseDrops)), ("false_accepts", Double(falseAccepts))]
      measure.cost = score.cost
      measure.mustNotAllocate = true
      if tags.count != capacity { measure.fault("\(tags.count) tags are counted in a set of \(capacity)") }
    }
  }

  private func askAll(_ tags: ReplayTags, _ score: ReplayScore) throws(BenchError) {
    let threads = ThreadList()
    for worker in 0..<workers {
      let (workers, capacity) = (workers, capacity)
      do throws(SystemError) {
        threads.add(
          try Thread("asker-\(worker)") {
            Self.ask(ReplayAsker(tags), from: capacity / workers * worker, of: capacity, score)
          })
      } catch { throw BenchError(error.description) }
    }
    threads.join()
  }

  private static func ask(_ asker: ReplayAsker, from start: Int, of capacity: Int, _ score: ReplayScore) {
    var meter = Meter()
    var times = [UInt8](repeating: 0, count: capacity)
    var seen = 0
    for at in stride(from: 0, to: capacity, by: ReplayAsker.batch) {
      let first = (start / ReplayAsker.batch * ReplayAsker.batch + at) % capacity
      let batch = UInt64(first)..<UInt64(min(first + ReplayAsker.batch, capacity))
      meter.measure { asker.ask(batch) }
      for (i, number) in batch.enumerated() {
        switch asker.scratch.outcomes[i] {
        case .new: times[Int(number)] += 1
        case .seen: seen += 1
        case .full: break
        }
      }
    }
    score.add(letThrough: times, seen: seen, meter.sum)
  }
}

/// What all workers found.
private final class ReplayScore: Sendable {
  private struct Sums {
    var seen = 0
    var cost = Cost()
    /// How often each tag was let through.
    var times: [UInt8]
  }
  private let sums: Mutex<Sums>

  init(tags: Int) { sums = Mutex(Sums(times: [UInt8](repeating: 0, count: tags))) }

  /// One worker's part. The time of all is that of the slowest.
  func add(letThrough times: [UInt8], seen: Int, _ cost: Cost) {
    sums.withLock { sums in
      for tag in times.indices { sums.times[tag] += times[tag] }
      sums.seen += seen
      let wall = max(sums.cost.wall, cost.wall)
      sums.cost = sums.cost + cost
      sums.cost.wall = wall
    }
  }

  var new: Int { sums.withLock { sums in sums.times.reduce(0) { $0 + Int($1) } } }
  var seen: Int { sums.withLock { $0.seen } }
  var cost: Cost { sums.withLock { $0.cost } }
  var never: Int { sums.withLock { sums in sums.times.count { $0 == 0 } } }
  var twice: Int { sums.withLock { sums in sums.times.count { $0 > 1 } } }
}
