import LinuxNet
import MixNet
import Sphinx
import Synchronization

extension Benchmark {
  static let replay = Benchmark(
    name: "replay", summary: "the set of the packets seen, of the default size, asked in batches of 128"
  ) { (bench: Bench) throws(BenchError) in
    let capacity = bench.size(ReplayTags.defaultMax, quick: 1 << 14)
    let size = UInt64(capacity)
    let tags = ReplayTags(tagsMax: capacity)
    try ask(bench, tags, "new, until it is full", 0..<size, outcome: .new)
    try ask(bench, tags, "refused, to 10 times its size", size..<10 * size, outcome: .full)
    try ask(bench, tags, "seen, all of them", 0..<size, outcome: .seen)
    try askTwice(bench, capacity)
  }

  /// One thread asks for each number once; each must have this outcome.
  private static func ask(
    _ bench: Bench, _ tags: ReplayTags, _ name: String, _ numbers: Range<UInt64>, outcome: ReplayTags.Outcome
  ) throws(BenchError) {
    var measure = Measure(name, unit: "tag")
    let asker = try asker(tags)
    var (right, falseAccepts) = (0, 0)
    asker.ask(numbers, &measure.cost) { _, found in
      if found == outcome { right += 1 } else if found == .new { falseAccepts += 1 }
    }
    measure.sent = numbers.count
    if outcome == .new { measure.received = right } else { measure.dropped = right }
    measure.wrong = numbers.count - right
    measure.extra = [("false_drops", measure.wrong - falseAccepts), ("false_accepts", falseAccepts)]
    bench.show(measure)
  }

  private static func asker(_ tags: ReplayTags) throws(BenchError) -> ReplayAsker {
    guard let asker = ReplayAsker(tags) else { throw BenchError("there is no memory for the tags") }
    return asker
  }

  /// Two threads ask for the same numbers, one from the middle on: each must be new to one of them alone.
  private static func askTwice(_ bench: Bench, _ capacity: Int) throws(BenchError) {
    let tags = ReplayTags(tagsMax: capacity)
    let score = ReplayScore(capacity)
    let middle = UInt64(capacity / 2)
    // The memory is there before the first is asked.
    let mine = try asker(tags)
    let other: Thread
    do throws(SystemError) {
      other = try Thread("asker") {
        guard let asker = ReplayAsker(tags) else { return }
        score.ask(asker, [middle..<UInt64(capacity), 0..<middle])
      }
    } catch { throw BenchError(error.description) }
    score.ask(mine, [0..<UInt64(capacity)])
    other.join()
    bench.show(score.measure("2 threads, the same tags"))
  }
}

/// What the threads found.
private final class ReplayScore: Sendable {
  private struct Sums {
    /// How often each tag was new.
    var news: [UInt8]
    var seen = 0
    var cost: Meter?
  }
  private let sums: Mutex<Sums>

  init(_ capacity: Int) { sums = Mutex(Sums(news: [UInt8](repeating: 0, count: capacity))) }

  /// One thread's part.
  func ask(_ asker: ReplayAsker, _ parts: [Range<UInt64>]) {
    var news = [Bool](repeating: false, count: sums.withLock { $0.news.count })
    var (seen, cost) = (0, Meter())
    for numbers in parts {
      asker.ask(numbers, &cost) { number, outcome in
        if outcome == .new { news[Int(number)] = true }
        if outcome == .seen { seen += 1 }
      }
    }
    sums.withLock { sums in
      for number in news.indices where news[number] { sums.news[number] += 1 }
      sums.seen += seen
      if sums.cost?.addBeside(cost) == nil { sums.cost = cost }
    }
  }

  func measure(_ name: String) -> Measure {
    var measure = Measure(name, unit: "tag")
    sums.withLock { sums in
      measure.sent = 2 * sums.news.count
      measure.received = sums.news.reduce(0) { $0 + Int($1) }
      measure.dropped = sums.seen
      let (falseDrops, falseAccepts) = (sums.news.count { $0 == 0 }, sums.news.count { $0 > 1 })
      measure.wrong = falseDrops + falseAccepts
      measure.extra = [("false_drops", falseDrops), ("false_accepts", falseAccepts)]
      measure.cost = sums.cost ?? Meter()
    }
    return measure
  }
}
