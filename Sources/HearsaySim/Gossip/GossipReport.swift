import Glibc
import GossipSim
import MixNet
import OrderedJSON

/// A run of a gossip cluster, for people and for programs.
struct GossipReport {
  let outcome: ClusterOutcome
  let wall: Double
  /// The most memory that this process has had, in MiB.
  let memory: Int

  /// Runs the scenario.
  init(_ scenario: ClusterScenario) {
    let watch = Stopwatch()
    outcome = ClusterRun(scenario).run()
    wall = watch.seconds
    var usage = rusage()
    memory = unsafe getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss / 1_024 : 0
  }

  private var hash: String { Self.hex(outcome.hash) }

  private static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  // MARK: For programs

  var json: JSON {
    let scenario = outcome.scenario
    var fields: [(String, JSON)] = [
      ("seed", .uint(scenario.seed)), ("nodes", .int(scenario.nodes)), ("publishers", .int(scenario.publishers)),
      ("messages", .int(scenario.messages)), ("rate", .int(scenario.rate)),
      ("loss", .double(Double(scenario.lossPerMille) / 1_000)),
      ("crash", .double(Double(scenario.crashPerMille) / 1_000)),
      ("attack", scenario.attack.map { .text($0.rawValue) } ?? .null), ("stall", .bool(scenario.stalls)),
      ("delivered", .double(exactly: outcome.delivered)), ("expected", .int(outcome.expected)),
      ("received", .int(outcome.received)), ("duplicates", .int(outcome.repeated)),
      ("damaged", .int(outcome.damaged)), ("rmr", .double(outcome.rmr)), ("rmr_all", .double(outcome.rmrAll)),
      ("ldh_mean", .double(outcome.lastHopMean)),
      (
        "latency_ms",
        .object([
          ("p50", .double(outcome.latencyHalf)), ("p99", .double(outcome.latency99)),
          ("max", .double(outcome.latencyMax)),
        ])
      ),
      ("hash", .text(hash)), ("tables", .object(scenario.tables.fields.map { ($0.name, .int($0.value)) })),
      ("members", .text(scenario.knowsAll ? "everybody" : "neighbours")),
      (
        "neighbours", .object([("mean", .double(outcome.neighboursMean)), ("least", .int(outcome.neighboursMin))])
      ),
      ("false_suspicions", .int(outcome.falseSuspicions)), ("false_deaths", .int(outcome.falseDeaths)),
      ("honest_blamed", .int(outcome.honestBlamed)), ("honest_banned", .int(outcome.honestBanned)),
      ("convicted", .int(outcome.convicted)), ("honest_convicted", .int(outcome.honestConvicted)),
    ]
    if scenario.crashPerMille > 0 {
      fields.append(("views_repaired_s", outcome.repairedSeconds.map { .double($0) } ?? .null))
    }
    if let attack = outcome.attack { fields.append(("sybils", Self.json(attack))) }
    return .object(
      fields + [
        ("formed_s", .double(outcome.formedSeconds)), ("simulated_seconds", .double(outcome.simulatedSeconds)),
        ("wall_seconds", .double(wall)), ("memory_mib", .int(memory)), ("events", .int(outcome.events)),
        ("frames", .int(outcome.frames)), ("datagrams", .int(outcome.datagrams)),
        ("broken", .list(outcome.broken.map { .text($0) })),
      ])
  }

  private static func json(_ attack: AttackOutcome) -> JSON {
    .object([
      ("count", .int(attack.sybils)), ("share_before", .double(attack.shareBefore)),
      ("share_after", .double(attack.shareAfter)), ("stay_max_s", .double(attack.stayMax)),
      ("banned", .int(attack.banned)),
    ])
  }

  // MARK: For people

  var text: String {
    let scenario = outcome.scenario
    func number(_ value: Double, _ places: Int = 1) -> String { Decimals.text(value, places) }
    var lines = [
      "delivered      \(JSON.double(exactly: outcome.delivered).line): \(outcome.received) of \(outcome.expected); twice: "
        + "\(outcome.repeated), damaged: \(outcome.damaged)",
      "frames         rmr \(number(outcome.rmr, 3)), with each origin's first message \(number(outcome.rmrAll, 3))",
      "way            the last delivery after \(number(outcome.lastHopMean, 2)) links",
      "latency        p50 \(number(outcome.latencyHalf)) ms, p99 \(number(outcome.latency99)) ms, max "
        + "\(number(outcome.latencyMax)) ms",
      "neighbours     \(number(outcome.neighboursMean, 2)), \(outcome.neighboursMin) at least; "
        + "\(scenario.knowsAll ? "each node knows all" : "each node watches its neighbours")",
      "tables         " + scenario.tables.fields.map { "\($0.name) \($0.value)" }.joined(separator: ", "),
      "mistaken       \(outcome.falseSuspicions) suspicions and \(outcome.falseDeaths) deaths of nodes that were well; "
        + "\(outcome.honestBlamed) complaints about honest nodes, "
        + "\(outcome.honestBanned) banned, \(outcome.honestConvicted) taken for silent",
    ]
    if scenario.crashPerMille > 0 {
      let time = outcome.repairedSeconds.map { "after \(number($0)) s" } ?? "not in the end"
      lines.append("crash          views whole \(time)")
    }
    if let attack = outcome.attack {
      lines.append(
        "sybils         \(attack.sybils); \(number(attack.shareBefore * 100)) % of the honest's neighbours before, "
          + "\(number(attack.shareAfter * 100)) % after; a silent one stayed \(number(attack.stayMax)) s at most; "
          + "\(attack.banned) banned")
    }
    lines += [
      "time           \(number(outcome.simulatedSeconds)) s simulated in \(number(wall)) s, \(outcome.events) events; "
        + "\(memory) MiB",
      "seed \(scenario.seed): \(outcome.broken.isEmpty ? "ok" : "failed"), hash \(hash)",
    ]
    return (lines + outcome.broken.map { "  BROKEN  \($0)" }).joined(separator: "\n")
  }

  /// A gate's lines.
  static func table(_ gate: ClusterGate, _ checks: [ClusterGate.Check], _ report: GossipReport) -> String {
    let head = "\(gate.name): \(gate.summary) (\(Decimals.text(report.wall, 1)) s, \(report.memory) MiB)"
    let lines = checks.map { check in
      let value = check.value.map { Decimals.text($0, 4) } ?? "never"
      return "  \(check.isGood ? "pass" : "FAIL")  \(check.name) \(value), \(check.isLeast ? "at least" : "at most") "
        + Decimals.text(check.bound, 4)
    }
    return ([head] + lines + report.outcome.broken.map { "  BROKEN  \($0)" }).joined(separator: "\n")
  }
}

extension JSON {
  /// A share that is not rounded to one when something is missing.
  fileprivate static func double(exactly value: Double) -> JSON {
    .double(value < 1 ? min(value, 0.999) : value)
  }
}
