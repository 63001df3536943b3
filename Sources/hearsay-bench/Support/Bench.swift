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
  let isQuick: Bool
  private let isJSON: Bool
  private(set) var faults = 0
  private var name = ""
  /// The first case of the benchmark under way, to which the others are compared.
  private var first: Measure?

  init(isQuick: Bool, isJSON: Bool) {
    self.isQuick = isQuick
    self.isJSON = isJSON
  }

  /// How long a case runs that has no size of its own.
  var time: Nanos { isQuick ? .ms(5) : .s(1) }

  /// A size: `full`, or a small one where nothing but its working is to be shown.
  func size(_ full: Int, quick: Int) -> Int { isQuick ? quick : full }

  func show(_ machine: Machine) { Output.line(isJSON ? machine.json : machine.text) }

  /// Runs one benchmark to its end or its first error.
  func run(_ benchmark: Benchmark) {
    (name, first) = (benchmark.name, nil)
    if !isJSON { Output.line("\n\(name): \(benchmark.summary)\n\(Measure.heading)") }
    do throws(BenchError) {
      try benchmark.run(self)
    } catch {
      fault(error.sentence)
    }
  }

  /// Shows what a case gave; one that lost, doubled or spoilt anything is a fault.
  func show(_ measure: Measure) {
    first = first ?? measure
    let ratio = measure.nsEach / (first ?? measure).nsEach
    Output.line(isJSON ? measure.json(bench: name, ratio: ratio) : measure.text(ratio: ratio))
    for sentence in measure.faults { fault("\(measure.name): \(sentence)") }
  }

  private func fault(_ sentence: String) {
    faults += 1
    if isJSON { Output.line(JSONLine().text("bench", name).text("fault", sentence).line) }
    Output.note("hearsay-bench: FAULT: \(name): \(sentence)")
  }
}
