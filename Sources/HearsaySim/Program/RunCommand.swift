import OrderedJSON
import SimNet

/// `hearsay-sim run`: one run.
struct RunCommand {
  private let settings: RunSettings
  private let trace: String?
  private let isJSON: Bool
  private let hasPairs: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words, options: ["seed", "trace"] + RunSettings.options, switches: ["json", "pairs"] + RunSettings.switches)
    settings = try RunSettings(words, seed: try words.seed())
    trace = words.value("trace")
    isJSON = words.has("json")
    hasPairs = words.has("pairs")
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    guard let outcome = Self.outcome(settings, trace: trace, note) else { return 1 }
    if isJSON {
      guard hasPairs, case .object(let fields) = outcome.json else {
        out(outcome.json.line)
        return outcome.isGood ? 0 : 1
      }
      out(JSON.object(fields + [("account", .object(outcome.account.fields))]).line)
    } else {
      out(outcome.text + (hasPairs ? "\n" + outcome.account.text : ""))
    }
    return outcome.isGood ? 0 : 1
  }

  /// Runs, and writes the trace if one is wanted; nil, and it is said why, when that cannot be done.
  static func outcome(_ settings: RunSettings, trace: String?, _ note: (String) -> Void) -> Outcome? {
    guard let trace else { return SimRun(settings).run() }
    guard let file = TraceFile(trace) else {
      note("hearsay-sim: '\(trace)' cannot be written")
      return nil
    }
    let outcome = SimRun(settings).run { file.write($0) }
    guard file.close() else {
      note("hearsay-sim: '\(trace)' could not be written to its end")
      return nil
    }
    return outcome
  }
}

extension Words {
  /// The seed of one run.
  func seed() throws(WrongWords) -> UInt64 {
    guard let text = value("seed"), let seed = UInt64(text) else {
      throw WrongWords(sentence: "--seed must be a whole number from 0 on; found '\(value("seed") ?? "nothing")'")
    }
    return seed
  }
}

extension RunSettings {
  /// The options and switches that say what is run.
  static let options =
    [
      "nodes", "seconds", "faults", "without", "heal", "adversaries", "conversations", "links", "limits", "crypto",
      "chain",
    ]
    + ProbeSettings.options
  static let switches = ["swarm"] + ProbeSettings.switches

  /// What those options say.
  init(_ words: Words, seed: UInt64) throws(WrongWords) {
    self.init(seed: seed)
    nodes = try words.int("nodes", default: nodes, in: 3...60)
    seconds = try words.int("seconds", default: seconds, in: 4...1_000_000)
    probes = try ProbeSettings(words)
    crypto = try words.choice("crypto", default: crypto)
    if let path = words.value("chain") {
      chain = try ChainFile(reading: path, crypto: crypto)
      try chain?.expectServices()
    }
    if let list = words.value("without") { without = try chosen(list) }
    if words.value("heal") != nil { heal = try words.choice("heal", default: .whole) }
    if words.value("links") != nil { links = try words.choice("links", default: .even) }
    if words.value("limits") != nil { limits = try words.choice("limits", default: .off) }
    guard chain == nil || limits != .drawn else {
      throw WrongWords(sentence: "--limits drawn does not go with --chain: the nodes' file says what links are held to")
    }
    if let list = words.value("adversaries") { adversaries = try Self.adversaries(list) }
    if let text = words.value("conversations") {
      if text != "none" { conversations = try words.int("conversations", default: 0, in: 1...TalkPlan.pairsMax) }
      if text == "none" { conversations = 0 }
      guard chain == nil || conversations == 0 else {
        throw WrongWords(sentence: "--conversations does not go with --chain: the nodes' file says who talks")
      }
    }
    if words.has("swarm") {
      guard words.value("faults") == nil else { throw WrongWords(sentence: "--swarm chooses the faults itself") }
      faults = .swarm
    } else if let list = words.value("faults") {
      faults = .named(try chosen(list))
    }
  }

  private static func adversaries(_ list: String) throws(WrongWords) -> [AdversaryKind] {
    if list == "none" { return [] }
    var chosen: [AdversaryKind] = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let kind = AdversaryKind.all.first(where: { $0.name == name }) else {
        let known = AdversaryKind.all.map(\.name).joined(separator: ", ")
        throw WrongWords(sentence: "no adversary is named '\(name)' (adversaries: \(known), or none)")
      }
      chosen.append(kind)
    }
    return chosen
  }

  private func chosen(_ list: String) throws(WrongWords) -> [FaultFamily] {
    if list == "none" { return [] }
    var chosen: [FaultFamily] = []
    for name in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let family = FaultFamily(name: String(name)), possibleFamilies.contains(family) else {
        let known = possibleFamilies.map(\.name).joined(separator: ", ")
        throw WrongWords(sentence: "no fault of such a network is named '\(name)' (faults: \(known), or none)")
      }
      chosen.append(family)
    }
    return chosen
  }
}
