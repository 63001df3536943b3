import MixNet
import OrderedJSON

/// `hearsay-sim anonymity epsilon`: how well two senders can be told apart, in the set-up of the Loopix paper.
struct EpsilonCommand {
  private let measure: EpsilonMeasure
  private let repetitions: Int
  private let seed: UInt64
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words, options: ["seed", "repetitions", "users", "layers", "width", "mean-delay-ms", "seconds"],
      switches: ["json"])
    seed = words.value("seed") != nil ? try words.seed() : 1
    repetitions = try words.int("repetitions", default: 100, in: 1...10_000)
    let delay = try words.int("mean-delay-ms", default: 1_000, in: 10...60_000)
    measure = EpsilonMeasure(
      users: try words.int("users", default: 100, in: 2...1_000),
      layers: try words.int("layers", default: 3, in: 1...5),
      width: try words.int("width", default: 3, in: 1...10), meanDelay: .ms(UInt64(delay)),
      seconds: try words.int("seconds", default: 100, in: 1...10_000))
    isJSON = words.has("json")
  }

  func run(_ out: (String) -> Void) -> Int32 {
    guard let report = EpsilonReport(measure, repetitions: repetitions, seed: seed) else {
      out("a network did not start, or its mixes dropped packets")
      return 1
    }
    let settings = measure.settings
    let json = JSON.object([
      ("seed", .uint(seed)), ("repetitions", .int(repetitions)), ("users", .int(settings.users)),
      ("layers", .int(settings.layers)), ("width", .int(settings.width)),
      ("lambda_over_mu", .double(measure.lambdaOverMu)), ("burn_in_s", .double(Double(settings.burnIn.ns) / 1e9)),
      ("seconds", .int(measure.seconds)), ("pairs", .int(report.pairs)),
      (
        "epsilon",
        .object([
          ("mean", .double(report.mean)), ("standard_error", .double(report.error)),
          ("standard_deviation", .double(report.deviation)), ("infinite", .int(report.infinite)),
        ])
      ),
    ])
    let text = [
      "epsilon        \(Decimals.text(report.mean, 3)) (standard error \(Decimals.text(report.error, 3))), "
        + "standard deviation of one pair \(Decimals.text(report.deviation, 3))",
      "set-up         lambda / mu = \(Decimals.text(measure.lambdaOverMu, 2)), \(settings.layers) layers of \(settings.width), "
        + "\(settings.users) users, \(repetitions) repetitions from seed \(seed), \(report.infinite) values infinite",
    ].joined(separator: "\n")
    out(isJSON ? json.line : text)
    return 0
  }
}
