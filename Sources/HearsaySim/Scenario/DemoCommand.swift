import OrderedJSON

/// `hearsay-sim demo`: three Sphinx nodes through a slow link, a partition, a kill and a loss of power, and where every packet
/// has gone.
struct DemoCommand {
  private let settings: RunSettings
  private let isJSON: Bool
  private let trace: String?

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(words, options: ["seed", "seconds", "crypto", "trace"], switches: ["json"])
    var settings = RunSettings(seed: words.value("seed") == nil ? 1 : try words.seed())
    settings.scenario = .demo
    settings.nodes = 3
    settings.faults = .named([])
    settings.seconds = try words.int("seconds", default: 60, in: 60...100_000)
    settings.crypto = try words.choice("crypto", default: .real)
    self.settings = settings
    isJSON = words.has("json")
    trace = words.value("trace")
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    guard let outcome = RunCommand.outcome(settings, trace: trace, note) else { return 1 }
    out(isJSON ? json(outcome).line : text(outcome))
    return outcome.isGood ? 0 : 1
  }

  private func json(_ outcome: Outcome) -> JSON {
    .object(
      [
        ("seed", .uint(settings.seed)), ("hash", .text(outcome.hashText)),
        ("verdict", .text(outcome.isGood ? "ok" : "violation")), ("violations", .list(outcome.violations.map(\.json))),
        ("replay", .text("hearsay-sim " + settings.words)), ("crypto", .text(settings.crypto.rawValue)),
        ("simulated_seconds", .double(outcome.simulated)), ("wall_seconds", .double(outcome.wall)),
        ("messages", .int(outcome.messages)), ("asked", .int(outcome.asked)), ("answered", .int(outcome.answered)),
      ] + outcome.account.fields)
  }

  private func text(_ outcome: Outcome) -> String {
    let failures = outcome.violations.map { "  VIOLATION  \($0)" }
    return
      ((settings.scenario?.text(seconds: settings.seconds) ?? []) + [outcome.account.text]
      + ["seed \(settings.seed): \(outcome.isGood ? "ok" : "violation"), hash \(outcome.hashText)"] + failures)
      .joined(separator: "\n")
  }
}
