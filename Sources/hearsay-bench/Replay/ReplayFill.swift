import LinuxNet
import MixNet
import Sphinx

/// One worker: the set is filled with new tags, then asked for nine times as many, then for all that it has let through.
struct ReplayFill {
  let capacity: Int

  /// What must become of a tag.
  private enum Due {
    case new, full, seen
  }

  func run(_ bench: Bench) throws(BenchError) {
    let before = ProcessUsage.residentBytes() ?? 0
    let tags = ReplayTags(tagsMax: capacity)
    let asker = ReplayAsker(tags)
    let size = UInt64(capacity)
    let part = size / 16 / 128 * 128
    // Every tag counts; the time is that of the piece in question.
    try fill(bench, asker, "0 % full", 0..<part, .new)
    fillQuietly(asker, part..<size / 2)
    try fill(bench, asker, "50 % full", size / 2..<size / 2 + part, .new)
    fillQuietly(asker, size / 2 + part..<size - part)
    try fill(bench, asker, "100 % full", size - part..<size, .new)
    let memory = max(0, (ProcessUsage.residentBytes() ?? 0) - before)
    try fill(bench, asker, "refused, to 10 times the capacity", size..<10 * size, .full)
    try bench.run("seen before, all of them", unit: "tag") { (measure: inout Measure) throws(BenchError) in
      ask(asker, 0..<size, .seen, &measure)
      measure.extra += [
        ("memory_bytes", Double(ReplayTags.memory(tagsMax: capacity))), ("resident_growth_bytes", Double(memory)),
        ("bytes_each", Double(ReplayTags.memory(tagsMax: capacity)) / Double(capacity)),
      ]
      if tags.count != capacity { measure.fault("\(tags.count) tags are counted in a set of \(capacity)") }
    }
  }

  private func fill(
    _ bench: Bench, _ asker: ReplayAsker, _ name: String, _ numbers: Range<UInt64>, _ due: Due
  ) throws(BenchError) {
    let shown = try bench.run(name, unit: "tag") { (measure: inout Measure) throws(BenchError) in
      ask(asker, numbers, due, &measure)
    }
    if shown == nil, due == .new { fillQuietly(asker, numbers) }
  }

  private func fillQuietly(_ asker: ReplayAsker, _ numbers: Range<UInt64>) {
    for batch in batches(numbers) { asker.ask(batch) }
  }

  /// Asks for each number once; what is not as it must be is a false drop or a false accept.
  private func ask(_ asker: ReplayAsker, _ numbers: Range<UInt64>, _ due: Due, _ measure: inout Measure) {
    var meter = Meter()
    var (falseDrops, falseAccepts) = (0, 0)
    for batch in batches(numbers) {
      meter.measure { asker.ask(batch) }
      for i in 0..<batch.count {
        measure.sent += 1
        switch (asker.scratch.outcomes[i], due) {
        case (.new, .new): measure.received += 1
        case (.full, .full), (.seen, .seen): measure.dropped += 1
        case (.new, _): falseAccepts += 1
        // A tag that is new to a full set may not be called one that was seen.
        case (.full, _), (.seen, _): falseDrops += 1
        }
      }
    }
    measure.wrong = falseDrops + falseAccepts
    measure.extra = [("false_drops", Double(falseDrops)), ("false_accepts", Double(falseAccepts))]
    measure.cost = meter.sum
    measure.mustNotAllocate = true
  }

  private func batches(_ numbers: Range<UInt64>) -> some Sequence<Range<UInt64>> {
    stride(from: numbers.lowerBound, to: numbers.upperBound, by: ReplayAsker.batch).lazy.map {
      $0..<min($0 + UInt64(ReplayAsker.batch), numbers.upperBound)
    }
  }
}
