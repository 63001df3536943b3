import OrderedJSON
import SimNet

/// `hearsay-sim run`: one run.
struct RunCommand {
  private let settings: RunSettings
  private let trace: String?
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words, options: ["seed", "nodes", "seconds", "faults", "trace"] + ProbeSettings.options,
      switches: ["swarm", "json"] + ProbeSettings.switches)
    guard let text = words.value("seed"), let seed = UInt64(text) else {
      throw WrongWords(sentence: "--seed must be a whole number from 0 on; found '\(words.value("seed") ?? "nothing")'")
    }
    settings = try RunSettings(words, seed: seed)
    trace = words.value("trace")
    isJSON = words.has("json")
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    let outcome: Outcome
    if let trace {
      guard let file = TraceFile(trace) else {
        note("hearsay-sim: '\(trace)' cannot be written")
        return 1
      }
      outcome = SimRun(settings).run { file.write($0) }
      guard file.close() else {
        note("hearsay-sim: '\(trace)' could not be written to its end")
        return 1
      }
    } else {
      outcome = SimRun(settings).run()
    }
    out(isJSON ? outcome.json.line : outcome.text)
    return outcome.isGood ? 0 : 1
  }
}

extension RunSettings {
  /// What the options say that `run` and `sweep` share.
  init(_ words: Words, seed: UInt64) throws(WrongWords) {
    self.init(seed: seed)
    nodes = try words.int("nodes", default: nodes, in: 3...60)
    seconds = try words.int("seconds", default: seconds, in: 4...1_000_000)
    probes = try ProbeSettings(words)
    if words.has("swarm") {
      guard words.value("faults") == nil else { throw WrongWords(sentence: "--swarm chooses the faults itself") }
      faults = .swarm
    } else if let list = words.value("faults") {
      faults = .named(try Self.families(list))
    }
  }

  private static func families(_ list: String) throws(WrongWords) -> [FaultFamily] {
    if list == "none" { return [] }
    var chosen: [FaultFamily] = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let family = FaultFamily(name: String(name)), families.contains(family) else {
        let known = families.map(\.name).joined(separator: ", ")
        throw WrongWords(sentence: "no fault of such a network is named '\(name)' (faults: \(known), or none)")
      }
      chosen.append(family)
    }
    return chosen
  }
}
