import GossipSim
import MixNet
import OrderedJSON

/// `hearsay-sim gossip`: messages through a cluster of gossip nodes, and how many came where, when, and at what cost.
struct GossipCommand {
  private var scenario = ClusterScenario()
  private let isJSON: Bool
  private let hasGates: Bool
  private let isFull: Bool
  private let gate: String?

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words,
      options: [
        "nodes", "publishers", "messages", "rate", "latency-ms", "loss", "crash", "attack", "seed", "gate",
      ],
      switches: ["stall", "json", "gates", "full"])
    isJSON = words.has("json")
    (isFull, gate) = (words.has("full"), words.value("gate"))
    hasGates = words.has("gates") || gate != nil
    guard !hasGates else {
      try checkGates(words)
      return
    }
    guard !isFull else { throw WrongWords(sentence: "--full goes with --gates") }
    scenario.nodes = try words.int("nodes", default: scenario.nodes, in: 4...20_000)
    scenario.publishers = try words.int("publishers", default: scenario.publishers, in: 1...scenario.nodes)
    scenario.messages = try words.int("messages", default: scenario.messages, in: 1...1_000_000)
    scenario.rate = try words.int("rate", default: scenario.rate, in: 1...10_000)
    if words.value("seed") != nil { scenario.seed = try words.seed() }
    scenario.latency = try words.milliseconds("latency-ms", default: scenario.latency)
    scenario.lossPerMille = try words.share("loss", most: 500)
    scenario.crashPerMille = try words.share("crash", most: 950)
    if words.value("attack") != nil { scenario.attack = try words.choice("attack", default: ClusterAttack.eclipse) }
    scenario.stalls = words.has("stall")
    guard scenario.attack == nil || scenario.crashPerMille == 0 && !scenario.stalls else {
      throw WrongWords(sentence: "--attack goes with neither --crash nor --stall")
    }
    guard scenario.attack == nil || 8...4_000 ~= scenario.nodes else {
      throw WrongWords(sentence: "--nodes must be in 8...4000 with --attack: there are four sybils for each of them")
    }
  }

  private func checkGates(_ words: Words) throws(WrongWords) {
    guard !(words.has("gates") && gate != nil) else {
      throw WrongWords(sentence: "--gates checks all of them, --gate NAME one: give either")
    }
    let others = ["nodes", "publishers", "messages", "rate", "latency-ms", "loss", "crash", "attack", "seed"]
    guard !words.has("stall"), others.allSatisfy({ words.value($0) == nil }) else {
      throw WrongWords(sentence: "gates have scenarios of their own: they go with --full and --json only")
    }
    let names = ClusterGate.all.map(\.name)
    guard gate.map({ names.contains($0) }) ?? true else {
      throw WrongWords(sentence: "--gate must be one of \(names.joined(separator: ", ")); found '\(gate ?? "")'")
    }
  }

  /// Runs, and gives the code to end with.
  func run(_ out: (String) -> Void) -> Int32 { hasGates ? runGates(out) : runOne(out) }

  private func runOne(_ out: (String) -> Void) -> Int32 {
    let report = GossipReport(scenario)
    out(isJSON ? report.json.line : report.text)
    return report.outcome.broken.isEmpty ? 0 : 1
  }

  /// One gate after the other, each with a line for each of its bounds.
  private func runGates(_ out: (String) -> Void) -> Int32 {
    var isGood = true
    for some in ClusterGate.all where gate == nil || gate == some.name {
      let report = GossipReport(some.scenario(isFull: isFull))
      let checks = some.checks(report.outcome)
      isGood = isGood && checks.allSatisfy(\.isGood) && report.outcome.broken.isEmpty
      if isJSON {
        let list = checks.map { check in
          JSON.object([
            ("name", .text(check.name)), ("value", check.value.map { .double($0) } ?? .null),
            ("bound", .double(check.bound)), ("ok", .bool(check.isGood)),
          ])
        }
        out(JSON.object([("gate", .text(some.name)), ("checks", .list(list)), ("run", report.json)]).line)
      } else {
        out(GossipReport.table(some, checks, report))
      }
    }
    return isGood ? 0 : 1
  }
}

extension Words {
  /// A share between none and `most` thousandths, in whole thousandths.
  func share(_ name: String, most: Int) throws(WrongWords) -> Int {
    guard let text = value(name) else { return 0 }
    guard let share = Double(text), share >= 0, share * 1_000 <= Double(most) else {
      throw WrongWords(sentence: "--\(name) must be a number in 0...\(Double(most) / 1_000); found '\(text)'")
    }
    return Int((share * 1_000).rounded())
  }

  /// Bounds in whole milliseconds, as `10..50`.
  func milliseconds(
    _ name: String, default preset: ClosedRange<Nanos>
  ) throws(WrongWords) -> ClosedRange<Nanos> {
    guard let text = value(name) else { return preset }
    let ends = text.split(separator: ".", omittingEmptySubsequences: true).map { UInt64($0) }
    guard text.contains(".."), ends.count == 2, case .some(.some(let least)) = ends.first,
      case .some(.some(let most)) = ends.last, least >= 1, least <= most, most <= 2_000
    else {
      throw WrongWords(sentence: "--\(name) must be two whole numbers in 1...2000, as 10..50; found '\(text)'")
    }
    return .ms(least)...Nanos.ms(most)
  }
}
