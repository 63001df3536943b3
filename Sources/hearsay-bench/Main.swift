import Glibc
import LinuxNet

/// The benchmarks. Each counts what comes out, checks its content, and fails when output is not input less counted drops.
@main
enum Main {
  private static let usual: [Benchmark] = [
    .stages, .wheel, .ring, .x25519, .steps, .unwrap, .heads, .replay, .vrf, .read,
  ]
  /// Those that run only when they are named.
  private static let apart: [Benchmark] = [.timing]
  private static let benchmarks = usual + apart

  static func main() {
    // A peer that is gone is told by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    DescriptorLimit.raise()
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  private static func run(_ words: [String]) -> Int32 {
    if let code = other(words) { return code }
    if words.contains(where: ["help", "--help", "-h"].contains) {
      Output.line(help)
      return 0
    }
    let names = words.filter { $0 != "--quick" && $0 != "--json" }
    let known = benchmarks.map(\.name) + ["all"]
    if let odd = names.first(where: { !known.contains($0) }) {
      Output.note("hearsay-bench: no benchmark or option is named '\(odd)'; see 'hearsay-bench help'")
      return 2
    }
    let bench = Bench(isQuick: words.contains("--quick"), isJSON: words.contains("--json"))
    bench.show(Machine())
    let chosen = names.isEmpty || names.contains("all") ? usual : benchmarks.filter { names.contains($0.name) }
    for benchmark in chosen { bench.run(benchmark) }
    return bench.faults == 0 ? 0 : 1
  }

  /// Those with words of their own, and what they start.
  private static func other(_ words: [String]) -> Int32? {
    // Options alone ask for the table.
    let words = words.allSatisfy { $0.hasPrefix("--") && $0 != "--help" } ? ["table"] + words : words
    let rest = Array(words.dropFirst())
    switch words.first {
    case "gossip": return GossipCommand.run(rest)
    case "gossip-node": return GossipChild.main(rest)
    case "relay-node": return RelayNode.main(rest)
    case "instructions": return InstructionCases.main(rest)
    case let name? where RelayCommand.names.contains(name):
      let known = name == "held" ? [] : ["--rate", "--seconds", "--workers"] + (name == "relay" ? ["--chain"] : [])
      return run(name, rest, known, RelayCommand.help) { words throws(BenchError) in
        try RelayCommand.run(name, words)
      }
    case let name? where ["sphinx", "create"].contains(name):
      return run(name, rest, [], SphinxCommand.help) { words throws(BenchError) in try SphinxCommand.run(name, words) }
    case "plot":
      return run("plot", rest, ["--file", "--seconds"], PlotCommand.help) { words throws(BenchError) in
        try PlotCommand.run(words)
      }
    case "table":
      return run("table", rest, [], help) { words throws(BenchError) in try TableCommand.run(words) }
    default: return nil
    }
  }

  private static func run(
    _ name: String, _ words: [String], _ known: [String], _ help: String,
    _ body: (BenchWords) throws(BenchError) -> Int32
  ) -> Int32 {
    if words.contains(where: ["help", "--help", "-h"].contains) {
      Output.line(help)
      return 0
    }
    let asked: BenchWords
    do throws(BenchError) { asked = try BenchWords(words[...], known: known) } catch {
      Output.note("hearsay-bench: \(name): \(error.sentence)")
      return 2
    }
    do throws(BenchError) { return try body(asked) } catch {
      Output.note("hearsay-bench: FAULT: \(name): \(error.sentence)")
      return 1
    }
  }

  private static var help: String {
    let lines = benchmarks.map { "  \($0.name.padded(to: 8))  \($0.summary)" }
    return """
      hearsay-bench [--json]                the table of what a mix is to reach, and what this machine gives: some minutes
      hearsay-bench NAME... [--quick] [--json]
      hearsay-bench sphinx | create         a packet's processor time, with each implementation of X25519
      hearsay-bench relay | plain | chain | held    nodes in processes of their own under load
      hearsay-bench plot --file FILE        latency at rising rates, as a picture (SVG)
      hearsay-bench gossip                  a gossip cluster
      hearsay-bench instructions CASE N     N packets of a case and nothing else, for callgrind; CASE: \(InstructionCases.names)
      Each of these has words of its own: NAME help.

      Ends with code 1 when a benchmark lost a packet, let one through twice, or brought out wrong bytes. NAME is one of those
      below, or `all` of them but the last, which take long.

        --quick   as little as shows that it works; its figures say nothing
        --json    one JSON object a line

      """ + lines.joined(separator: "\n")
  }
}
