import Glibc

/// The benchmarks. Each counts what comes out, checks its content, and fails when output is not input less counted drops.
@main
enum Main {
  private static let usual: [Benchmark] = [.chain, .wheel, .ring, .sphinx, .replay, .vrf, .relay, .read]
  /// Those that run only when they are named.
  private static let apart: [Benchmark] = [.timing]
  private static let benchmarks = usual + apart

  static func main() {
    // A peer that is gone is told by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ words: [String]) -> Int32 {
    // These have words of their own; the second is what the first starts.
    if words.first == "gossip" { return GossipCommand.run(Array(words.dropFirst())) }
    if words.first == "gossip-node" { return GossipChild.main(Array(words.dropFirst())) }
    if words.contains(where: ["help", "--help", "-h"].contains) {
      Output.line(help)
      return 0
    }
    let names = words.filter { $0 != "--quick" && $0 != "--json" }
    let known = benchmarks.map(\.name)
    if let odd = names.first(where: { !known.contains($0) }) {
      Output.note("hearsay-bench: no benchmark or option is named '\(odd)'; see 'hearsay-bench help'")
      return 2
    }
    let bench = Bench(isQuick: words.contains("--quick"), isJSON: words.contains("--json"))
    bench.show(Machine())
    for benchmark in names.isEmpty ? usual : benchmarks.filter({ names.contains($0.name) }) { bench.run(benchmark) }
    return bench.faults == 0 ? 0 : 1
  }

  private static var help: String {
    let lines = benchmarks.map { "  \($0.name.padded(to: 8))  \($0.summary)" }
    return """
      hearsay-bench [NAME...] [--quick] [--json]
      hearsay-bench gossip [OPTION...]      a gossip cluster; see 'hearsay-bench gossip help'

      Runs the benchmarks of these names, or all of them but those at the end, which take long and have to be named. Ends with code 1 when one of them lost a packet, let one through
      twice, or brought out wrong bytes.

        --quick   as little as shows that it works; its figures say nothing
        --json    one JSON object a line

      """ + lines.joined(separator: "\n")
  }
}
