import MixNet

/// What one case gave: counts that must agree, and what it cost.
struct Measure {
  let name: String
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
  private var nsEach: Double { each(Int(clamping: cost.wall.ns)) }
  private var cpuEach: Double? { cost.cpu.map { each(Int(clamping: $0.ns)) } }
  private var allocationsEach: Double? { Meter.countsAllocations ? cost.allocations.map(each) : nil }

  func json(bench: String) -> String {
    var line = JSONLine().text("bench", bench).text("case", name).text("unit", unit)
      .int("in", sent).int("out", received).int("dropped", dropped).int("wrong", wrong)
      .number("ns_each", nsEach).number("per_second", 1e9 / nsEach)
    if let cpuEach { line = line.number("cpu_ns_each", cpuEach) }
    if let allocationsEach { line = line.number("mallocs_each", allocationsEach) }
    return line.bool("ok", faults.isEmpty).line
  }

  /// What the columns of ``text`` are.
  static var heading: String { columns("", "time each", "a second", "cpu each", "mallocs each", "checked") }

  var text: String {
    let checked = "\(sent) \(unit)s" + (dropped > 0 ? ", \(dropped) of them dropped" : "")
    return Self.columns(
      name, Output.time(nsEach), Output.rate(1e9 / nsEach), cpuEach.map(Output.time) ?? "-",
      allocationsEach.map(Output.rounded) ?? "-", checked)
  }

  private static func columns(
    _ name: String, _ time: String, _ rate: String, _ cpu: String, _ mallocs: String, _ checked: String
  ) -> String {
    "  " + name.padded(to: 30) + time.padded(to: 11) + rate.padded(to: 11) + cpu.padded(to: 11)
      + mallocs.padded(to: 14) + checked
  }
}
