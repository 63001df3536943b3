import LinuxNet
import MixNet

/// `hearsay-bench gossip`, which has words of its own.
enum GossipCommand {
  static func run(_ words: [String]) -> Int32 {
    if words.contains(where: ["help", "--help", "-h"].contains) {
      Output.line(GossipWords.help)
      return 0
    }
    let asked: GossipWords
    do throws(BenchError) {
      asked = try GossipWords(words)
    } catch {
      Output.note("hearsay-bench: \(error.sentence)")
      return 2
    }
    do throws(BenchError) {
      if let trial = asked.trial { return try FailureTrials(asked, trial).run() }
      LargePages.ask()
      return try publish(asked)
    } catch {
      Output.note("hearsay-bench: FAULT: gossip: \(error.sentence)")
      return 1
    }
  }

  private static func publish(_ words: GossipWords) throws(BenchError) -> Int32 {
    let sealed = try GossipLoad(words, isSigned: false).run()
    let signed = try GossipLoad(words, isSigned: true).run()
    if words.isJSON {
      Output.line(sealed.json(signed: signed))
    } else {
      Output.line("\(Machine().text), load average \(LoadAverage.now)")
      Output.line(
        "\(words.nodes) nodes in one process, \(words.size) B, \(words.rate) messages a second of \(words.publishers)"
      )
      Output.line("  cluster key  \(sealed.text)\n  signatures   \(signed.text)")
    }
    for (name, result) in [("cluster key", sealed), ("signatures", signed)] where !result.isWhole {
      Output.note("hearsay-bench: FAULT: gossip: \(name): \(result.fault)")
    }
    return sealed.isWhole && signed.isWhole ? 0 : 1
  }
}
