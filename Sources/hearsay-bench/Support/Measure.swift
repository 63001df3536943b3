import MixNet

/// What one case gave: counts that must agree, and what it cost.
struct Measure {
  var name: String
  /// What is counted: packets, tags, timers.
  var unit = "packet"
  /// What went in.
  var sent = 0
  /// What came out and was found right.
  var received = 0
  /// What was dropped as it should be, and counted.
  var dropped = 0
  /// What came out and was not as it must be.
  var wrong = 0
  /// What the cost is shared among, when that is not all that was sent.
  var timed: Int?
  var cost = Meter()
  /// True when one allocation is one too many.
  var mustNotAllocate = true
  /// Further figures; their units are in their names.
  var extra: [(name: String, value: Int)] = []
  private var further: [String] = []

  init(_ name: String, unit: String = "packet") {
    self.name = name
    self.unit = unit
  }

  /// Says that something was found wrong that the counts do not show.
  mutating func fault(_ sentence: String) { further.append(sentence) }

  /// What is wrong, a sentence each.
  var faults: [String] {
    var found = further
    if wrong > 0 { found.append("\(wrong) of \(sent) came out wrong") }
    if received + dropped != sent {
      found.append("\(received) came out, but \(sent) went in and \(dropped) were dropped and counted")
    }
    if sent == 0 { found.append("nothing went in") }
    if mustNotAllocate, Meter.countsAllocations, let allocations = cost.allocations, allocations > 0 {
      found.append("\(allocations) allocations where there must be none")
    }
    return found
  }

  private func each(_ sum: Int) -> Double { Double(sum) / Double(max(1, timed ?? sent)) }
  var nsEach: Double { each(Int(clamping: cost.wall.ns)) }
  private var cpuEach: Double? { cost.cpu.map { each(Int(clamping: $0.ns)) } }
  private var allocationsEach: Double? { Meter.countsAllocations ? cost.allocations.map(each) : nil }

  /// - Parameter ratio: the time of each, to that of the benchmark's first case.
  func json(bench: String, ratio: Double) -> String {
    var line = JSONLine().text("bench", bench).text("case", name).text("unit", unit)
      .int("in", sent).int("out", received).int("dropped", dropped).int("wrong", wrong)
      .number("ns_each", nsEach).number("per_second", 1e9 / nsEach).number("ratio", ratio)
    if let cpuEach { line = line.number("cpu_ns_each", cpuEach) }
    if let allocationsEach { line = line.number("mallocs_each", allocationsEach) }
    for (name, value) in extra { line = line.int(name, value) }
    return line.bool("ok", faults.isEmpty).line
  }

  /// What the columns of ``text`` are.
  static var heading: String { columns("", "time each", "ratio", "a second", "cpu each", "mallocs each", "checked") }

  func text(ratio: Double) -> String {
    var checked = "\(sent) \(unit)s" + (dropped > 0 ? ", \(dropped) of them dropped" : "")
    for (name, value) in extra { checked += "; \(name.replacing("_", with: " ")) \(value)" }
    return Self.columns(
      name, Output.time(nsEach), Output.rounded(ratio), Output.rate(1e9 / nsEach), cpuEach.map(Output.time) ?? "-",
      allocationsEach.map(Output.rounded) ?? "-", checked)
  }

  private static func columns(
    _ name: String, _ time: String, _ ratio: String, _ rate: String, _ cpu: String, _ mallocs: String,
    _ checked: String
  ) -> String {
    "  " + name.padded(to: 30) + time.padded(to: 11) + ratio.padded(to: 8) + rate.padded(to: 11)
      + cpu.padded(to: 11) + mallocs.padded(to: 14) + checked
  }
}
