import Glibc
import GossipSim
import OrderedJSON
import SimNet

/// The simulator's command line.
public enum HearsaySimProgram {
  /// Does what the words say, and gives the code to end with: 0 when all is well, 1 when a rule was broken or the command
  /// could not do its work, 2 when the words are wrong. `out` takes lines of the result, `note` lines for the person.
  /// `program` is the path of this program, which is started again for each of a sweep's runs.
  public static func run(
    _ words: [String], program: String, out: @escaping (String) -> Void,
    note: @escaping (String) -> Void
  ) -> Int32 {
    let rest = Array(words.dropFirst())
    if rest.contains(where: ["--help", "-h"].contains) {
      out(help)
      return 0
    }
    do throws(WrongWords) {
      switch words.first {
      case "run": return try RunCommand(rest).run(out, note)
      case "sweep": return try SweepCommand(rest).run(program, out, note)
      case "anonymity": return try measure(rest, out, note)
      case "gossip": return try GossipCommand(rest).run(out)
      case "demo": return try DemoCommand(rest).run(out, note)
      case "shrink": return try ShrinkCommand(rest).run(out, note)
      case "canary": return try CanaryCommand(rest).run(program, out, note)
      case "part": return try part(rest, out)
      case "help", "--help", "-h", nil:
        out(help)
        return 0
      case .some(let odd):
        throw WrongWords(
          sentence: "there is no command '\(odd)' (commands: run, sweep, shrink, canary, demo, anonymity, gossip, help)"
        )
      }
    } catch {
      note(error.isAboutWords ? "hearsay-sim: \(error.sentence); see 'hearsay-sim help'" : error.sentence)
      return 2
    }
  }

  /// What a sweep and a canary ask of the processes that they start: one part of their work, its number behind their words.
  ///
  /// The first violation has a line of its own, which stays when a trap ends the process.
  private static func part(_ words: [String], _ out: @escaping (String) -> Void) throws(WrongWords) -> Int32 {
    guard let command = words.first, let number = words.last.flatMap({ Int($0) }), number >= 0, words.count > 1 else {
      throw WrongWords(sentence: "part takes a command, its words, and the number of a part")
    }
    let rest = Array(words.dropFirst().dropLast())
    // A node that never comes to rest must not stop a sweep: real runs take a hundredth of this.
    alarm(3_600)
    switch command {
    case "sweep": out(try SweepCommand(rest).part(number) { out($0.json.line) }.line)
    case "canary": out(try CanaryCommand(rest).part(number) { out($0.json.line) }.line)
    default: throw WrongWords(sentence: "'\(command)' has no parts (commands that have: sweep, canary)")
    }
    return 0
  }

  /// `anonymity`, alone or with the name of one of its measurements.
  private static func measure(
    _ words: [String], _ out: (String) -> Void, _ note: (String) -> Void
  ) throws(WrongWords) -> Int32 {
    let rest = Array(words.dropFirst())
    switch words.first {
    case "epsilon": return try EpsilonCommand(rest).run(out)
    case "n-1": return try BlockingCommand(rest).run(out)
    case "tagging": return try TaggingCommand(rest).run(out)
    case "gaps": return try GapsCommand(rest).run(out)
    case "publish": return try PublishCommand(rest).run(out)
    case .some(let odd) where !odd.hasPrefix("-"):
      throw WrongWords(
        sentence: "anonymity has no measurement '\(odd)' (measurements: epsilon, n-1, tagging, gaps, publish)")
    default: return try AnonymityCommand(words).run(out, note)
    }
  }

  private static let help = """
    hearsay-sim run --seed S [OPTION...]       runs one network; the same words give the same hash
    hearsay-sim sweep --seeds A..B [OPTION...] runs one network for each seed; some run twice, and must do the same
    hearsay-sim shrink --seed S [OPTION...]    looks for the smallest run that still fails as this one does
    hearsay-sim canary [OPTION...]             plants mistakes in the nodes' code, and ends with code 3 when all were found
    hearsay-sim demo [OPTION...]               three nodes, a slow link, a partition, a kill: where every packet has gone
    hearsay-sim anonymity [OPTION...]          what someone who sees all links does not learn of a message, in bits
    hearsay-sim anonymity epsilon | n-1 | tagging | gaps [OPTION...]  two senders told apart, packets withheld, packets marked,
                                               and busy links against quiet ones
    hearsay-sim anonymity publish [OPTION...]  who is taken for the sender of what a mix publishes to a gossip cluster, in bits
    hearsay-sim gossip [OPTION...]             a cluster of gossip nodes: what is delivered, how soon, and at what cost
    hearsay-sim gossip --gates [--full]        the figures that it must reach; --gate NAME: one of them
    hearsay-sim help                           prints this

      --nodes N       mixes, in three layers (3 to 60); 12 if not given
      --seconds T     simulated seconds in which messages are sent, the first three quarters with faults; 60 if not given
      --faults A,B,C  the families of faults that strike; none: none. If not given, all of
                      \(RunSettings.families.map(\.name).joined(separator: ","))
      --swarm         families and rates are drawn from the seed
      --without A,B   families that do not strike, whoever chose them
      --heal WHAT     whole: once the faults are over all of the network is whole again; core: a part that is drawn
                      alone, and the rest stays broken for ever. If not given: whole, or drawn with --swarm
      --adversaries A,B  who means harm: none, or some of
                      \(AdversaryKind.all.map(\.name).joined(separator: ",")). If not given: nobody, or drawn with --swarm
      --conversations N  so many pairs of nodes talk with each other beside the mix, in streams of messages: none, or 1 to
                      \(TalkPlan.pairsMax). If not given: none, or drawn with --swarm
      --links WHAT    even: all links take 0.5 to 2 ms and carry as much as one likes; varied: each two hosts have a law
                      of delays of their own, and some a bandwidth. If not given: even, or drawn with --swarm
      --limits WHAT   drawn: some nodes hold links to rates, or give up links that fail; none: no node does. If not
                      given: none, or drawn with --swarm
      --crypto KIND   real (if not given) or stub: packets of the same size and structure without cryptography
      --chain FILE    the nodes have the chains and stages of this file, which is one of the kind of plugins.toml
      --jobs J        (sweep) runs so many at once, each on one core; as many as there are cores if not given
      --runs N        (shrink) tries so many runs at most; 200 if not given
      --pairs         (run) shows the frames between each two hosts, and where every packet has gone
      --buggify       the nodes' own code makes trouble; with --swarm it does unless --no-buggify is given
      --plant NAME    (run, sweep) makes a mistake in the nodes' code, one of those that canary lists
      --expect E      (sweep) fails when a point in the nodes' code never fired: none, often or all. If not given, often
                      from \(ProbePoint.oftenSeeds) seeds on, all from \(ProbePoint.seldomSeeds) on, none where it makes no trouble
      --trace FILE    (run, demo) writes every event, one a line
      --json          objects instead of text

    gossip has other options: --nodes N, --publishers N, --messages N, --rate PER_S, --latency-ms A..B, --loss P,
    --crash P, --attack \(ClusterAttack.allCases.map(\.rawValue).joined(separator: " | ")), --stall,
    --seed S and --json; docs/gossip-simulation.md says what they mean.

    Ends with code 1 when a rule was broken, and with 2 when the words are wrong. docs/simulation.md says more.
    """
}
