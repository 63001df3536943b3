import Glibc

/// The benchmarks. Each counts what comes out, checks its content, and fails when output is not input less counted drops.
@main
enum Main {
  static func main() {
    // A peer that is gone is told by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static let benchmarks: [Benchmark] = [
    .chain, .wheel, .ring, .sphinx, .replay, .relay, .read,
  ]

  private static func run(_ words: [String]) -> Int32 {
    do throws(UsageError) {
      let options = try Options(words, known: benchmarks.map(\.name))
      if options.wantsHelp {
        Output.line(help)
        return 0
      }
      return run(options)
    } catch {
      Output.note("hearsay-bench: \(error.sentence); see 'hearsay-bench help'")
      return 2
    }
  }

  private static func run(_ options: Options) -> Int32 {
    let bench = Bench(options)
    bench.show(Machine())
    for benchmark in benchmarks where options.names.isEmpty || options.names.contains(benchmark.name) {
      bench.begin(benchmark)
      do throws(BenchError) {
        try benchmark.run(bench)
      } catch {
        bench.fault(error.sentence)
      }
    }
    return bench.faults == 0 ? 0 : 1
  }

  private static var help: String {
    let lines = benchmarks.map { benchmark in
      "  \(benchmark.name)\(String(repeating: " ", count: max(0, 8 - benchmark.name.count)))  \(benchmark.summary)"
    }
    return """
      hearsay-bench [NAME]... [--json] [--seconds S] [--quick] [--only TEXT] [--node PROGRAM]

      Runs the benchmarks of these names, or all of them. Ends with code 1 when one of them lost a packet, let one through
      twice, or brought out wrong bytes.

        --json          one JSON object a line
        --seconds S     how long each case runs; 1 if not given (0.001 to 3600)
        --quick         as little as shows that it works; its figures say nothing
        --only TEXT     only the cases with this in their names
        --node PROGRAM  the node that 'relay' runs; the 'hearsay' beside this program if not given

      """ + lines.joined(separator: "\n")
  }
}
