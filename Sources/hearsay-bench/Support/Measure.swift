import MixNet

/// What one case gave: counts that must agree, and what it cost.
struct Measure {
  let name: String
  /// What is counted: packets, inserts, timers.
  var unit = "packet"
  /// What went in.
  var sent = 0
  /// What came out and was found right.
  var received = 0
  /// What was dropped and counted as such.
  var dropped = 0
  /// What came out and was not as it must be.
  var wrong = 0
  /// What the times below are shared among, when that is not all that was sent.
  var timed: Int?
  var cost = Cost()
  /// True when the processor's time says nothing: threads that spin.
  var hidesCPU = false
  /// True when one allocation is one too many.
  var mustNotAllocate = false
  var latency: Latency?
  /// Further figures; names with their units last.
  var extra: [(name: String, value: Double)] = []
  private var further: [String] = []

  init(_ name: String, unit: String = "packet") {
    self.name = name
    self.unit = unit
  }

  private var count: Double { Double(max(1, timed ?? sent)) }
  /// Nanoseconds of the wall's clock for each.
  var nsEach: Double { Double(cost.wall.ns) / count }
  /// Nanoseconds of a processor for each.
  var cpuEach: Double { Double(cost.cpu.ns) / count }

  /// Says that something was found wrong that the counts do not show.
  mutating func fault(_ sentence: String) { further.append(sentence) }

  /// What is wrong, a sentence each.
  var faults: [String] {
    var found = further
    if wrong > 0 { found.append("\(wrong) of \(sent) came out wrong") }
    if received != sent - dropped {
      found.append("\(received) came out, but \(sent) went in and \(dropped) were dropped and counted")
    }
    if sent == 0 { found.append("nothing went in") }
    if mustNotAllocate, Cost.countsAllocations, cost.allocations > 0 {
      found.append("\(cost.allocations) allocations where there must be none")
    }
    return found
  }

  func json(bench: String) -> String {
    var line = JSONLine().text("bench", bench).text("case", name).text("unit", unit).int("in", sent)
      .int("out", received).int("dropped", dropped).int("wrong", wrong)
      .number("seconds", Double(cost.wall.ns) / 1e9).number("per_second", 1e9 / nsEach).number("ns_each", nsEach)
    if !hidesCPU { line = line.number("cpu_ns_each", cpuEach) }
    if Cost.countsAllocations, let allocations = cost.allocationsEach(count) {
      line = line.number("allocations_each", allocations)
    }
    if let latency {
      line = line.number("latency_us_p50", latency.microseconds(50)).number(
        "latency_us_p99", latency.microseconds(99))
    }
    for (name, value) in extra { line = line.number(name, value) }
    return line.bool("ok", faults.isEmpty).line
  }

  var text: String {
    var words = ["  " + name.padded(to: 34), (Output.time(nsEach) + " each").padded(to: 16)]
    words.append("\(Output.rate(1e9 / nsEach))/s".padded(to: 12))
    if !hidesCPU { words.append("cpu \(Output.time(cpuEach))".padded(to: 14)) }
    if Cost.countsAllocations, let allocations = cost.allocationsEach(count) {
      words.append("\(Output.rounded(allocations)) allocations")
    }
    if let latency {
      words.append(
        "latency \(Output.time(latency.microseconds(50) * 1e3)), \(Output.time(latency.microseconds(99) * 1e3))"
          + " (99 of 100)")
    }
    words.append("(in \(sent), out \(received), dropped \(dropped), wrong \(wrong))")
    words += extra.map { "\($0.name) \(Output.rounded($0.value))" }
    return words.joined(separator: " ")
  }
}
