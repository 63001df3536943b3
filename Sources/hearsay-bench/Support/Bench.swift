import MixNet

/// A benchmark that could not be run to its end: one sentence.
struct BenchError: Error {
  let sentence: String
  init(_ sentence: String) { self.sentence = sentence }
}

/// One benchmark: a word of the command line.
struct Benchmark: Sendable {
  let name: String
  let summary: String
  let run: @Sendable (Bench) throws(BenchError) -> Void
}

/// A run of the program: what was asked for, and what has been found so far.
final class Bench {
  let options: Options
  private(set) var faults = 0
  private var name = ""

  init(_ options: Options) { self.options = options }

  /// How long a case runs.
  var time: Nanos { Nanos(UInt64(options.seconds * 1e9)) }
  var isQuick: Bool { options.isQuick }

  /// A size: `full`, or a small one where nothing but its working is to be shown.
  func size(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

  func show(_ machine: Machine) { Output.line(options.isJSON ? machine.json : machine.text) }

  func begin(_ benchmark: Benchmark) {
    name = benchmark.name
    if !options.isJSON { Output.line("\n\(name): \(benchmark.summary)") }
  }

  /// Runs the case of this name, if it is to run, and shows what it gave; one that lost, doubled or spoilt anything is a
  /// fault.
  @discardableResult
  func run(
    _ name: String, unit: String = "packet", _ body: (inout Measure) throws(BenchError) -> Void
  ) throws(BenchError) -> Measure? {
    guard options.only.map({ name.contains($0) }) ?? true else { return nil }
    var measure = Measure(name, unit: unit)
    try body(&measure)
    Output.line(options.isJSON ? measure.json(bench: self.name) : measure.text)
    for sentence in measure.faults { fault("\(name): \(sentence)") }
    return measure
  }

  /// Compares two cases of this run: how many times as much processor time the one takes as the other, or, where that
  /// says nothing, how many times as long.
  func ratio(_ measure: Measure?, to other: Measure?) {
    guard let measure, let other else { return }
    let (a, b) = measure.hidesCPU ? (measure.nsEach, other.nsEach) : (measure.cpuEach, other.cpuEach)
    ratio("\(measure.name) to \(other.name)", a / b)
  }

  func ratio(_ what: String, _ value: Double) {
    if options.isJSON {
      Output.line(JSONLine().text("bench", name).text("ratio", what).number("value", value).line)
    } else {
      Output.line("  ratio: \(what): \(Output.rounded(value))")
    }
  }

  func fault(_ sentence: String) {
    faults += 1
    if options.isJSON { Output.line(JSONLine().text("bench", name).text("fault", sentence).line) }
    Output.note("hearsay-bench: FAULT: \(name): \(sentence)")
  }
}
