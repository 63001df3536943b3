import OrderedJSON

/// `hearsay-sim shrink`: the smallest run that still fails as a given one does.
struct ShrinkCommand {
  private let settings: RunSettings
  private let runsMax: Int
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words, options: ["seed", "runs"] + RunSettings.options, switches: ["json"] + RunSettings.switches)
    settings = try RunSettings(words, seed: try words.seed())
    runsMax = try words.int("runs", default: 200, in: 1...100_000)
    isJSON = words.has("json")
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    withoutActuallyEscaping(note) { note in
      let shrinker = Shrinker(
        runsMax: runsMax, run: { SimRun($0).run().violations }, note: { note("hearsay-sim: \($0)") })
      guard let found = shrinker.shrink(settings) else {
        out(isJSON ? nothing.line : "seed \(settings.seed) does not fail: there is nothing to shrink")
        return 0
      }
      out(isJSON ? json(found).line : text(found))
      return 1
    }
  }

  private var nothing: JSON {
    .object([("seed", .uint(settings.seed)), ("verdict", .text("ok")), ("runs", .int(1))])
  }

  private func json(_ found: Shrinker.Found) -> JSON {
    .object([
      ("seed", .uint(settings.seed)), ("verdict", .text("violation")), ("runs", .int(found.runs)),
      ("first", .text("hearsay-sim " + settings.words)), ("replay", .text("hearsay-sim " + found.settings.words)),
      ("violations", .list(found.violations.map(\.json))),
    ])
  }

  private func text(_ found: Shrinker.Found) -> String {
    let lines = [
      "the smallest run of \(found.runs) that still fails:", "  hearsay-sim \(found.settings.words)",
    ]
    return (lines + found.violations.map { "  VIOLATION  \($0)" }).joined(separator: "\n")
  }
}
