import MixNet
import OrderedJSON

/// `hearsay-sim anonymity tagging`: whether a mark that the first mix makes is found again behind the last one.
struct TaggingCommand {
  private var settings = AnonymitySettings(rate: 100, width: 1, meanDelay: .ms(100), targets: 1)
  private let trials: Int
  private let candidates: Int
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(words, options: ["seed", "trials", "candidates", "crypto"], switches: ["json"])
    if words.value("seed") != nil { settings.seed = try words.seed() }
    settings.crypto = try words.choice("crypto", default: .real)
    trials = try words.int("trials", default: 1_000, in: 1...100_000)
    candidates = try words.int("candidates", default: 10, in: 2...1_000)
    isJSON = words.has("json")
  }

  func run(_ out: (String) -> Void) -> Int32 {
    let attack = TaggingRun(settings, trials: trials, among: candidates)
    attack.attack()
    let chance = TaggingRun.chance(trials: attack.trials, candidates: candidates)
    let success = Double(attack.found) / Double(max(1, attack.trials))
    let json = JSON.object([
      ("seed", .uint(settings.seed)), ("crypto", .text(settings.crypto.rawValue)), ("trials", .int(attack.trials)),
      ("candidates", .int(candidates)), ("found", .int(attack.found)), ("success", .double(success)),
      ("chance_99", .list([.double(chance.lowerBound), .double(chance.upperBound)])),
      ("unharmed", .int(attack.unharmed)), ("failures", .list(attack.failures.map { .text($0) })),
    ])
    let text =
      "found          \(attack.found) of \(attack.trials) targets, each among \(candidates) messages: "
      + "\(Decimals.text(100 * success, 1)) %; chance alone, 99 of 100 times: "
      + "\(Decimals.text(100 * chance.lowerBound, 1)) to \(Decimals.text(100 * chance.upperBound, 1)) %\n"
      + "unharmed       \(attack.unharmed) messages" + attack.failures.map { "\n  FAILED  \($0)" }.joined()
    out(isJSON ? json.line : text)
    return attack.failures.isEmpty ? 0 : 1
  }
}
