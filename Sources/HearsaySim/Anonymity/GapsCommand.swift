import MixNet
import OrderedJSON

/// `hearsay-sim anonymity gaps`: the link between two mixes while clients say much and while they say little: with cover, at a
/// constant rate, and with neither.
struct GapsCommand {
  private let busy: Int
  private let quiet: Int
  private let floor: Int
  private let interval: Int
  private let seconds: Int
  private let seed: UInt64
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words, options: ["seed", "busy", "quiet", "floor", "interval-ms", "seconds"], switches: ["json"])
    seed = words.value("seed") != nil ? try words.seed() : 1
    busy = try words.int("busy", default: 30, in: 1...1_000)
    quiet = try words.int("quiet", default: 1, in: 1...1_000)
    floor = try words.int("floor", default: 40, in: 1...1_000)
    interval = try words.int("interval-ms", default: 25, in: 1...10_000)
    seconds = try words.int("seconds", default: 300, in: 1...100_000)
    isJSON = words.has("json")
  }

  func run(_ out: (String) -> Void) -> Int32 {
    var isGood = true
    for (name, floor, interval) in [("cover", floor, 0), ("ticks", 0, interval), ("none ", 0, 0)] {
      let measure = GapsMeasure(
        busy: Double(busy), quiet: Double(quiet), floor: floor, interval: .ms(UInt64(interval)), seconds: seconds,
        seed: seed)
      let samples = measure.samples()
      let test = KolmogorovSmirnov(samples[0].gaps, samples[1].gaps)
      let sizes = samples[0].sizes.union(samples[1].sizes).sorted()
      let failures = samples.flatMap(\.failures)
      isGood = isGood && failures.isEmpty
      let counts = samples.map(\.gaps.count)
      let json = JSON.object([
        ("seed", .uint(seed)), ("floor", .int(floor)), ("interval_ms", .int(interval)), ("busy", .int(busy)),
        ("quiet", .int(quiet)),
        ("gaps", .list(counts.map { .int($0) })), ("distance", .double(test.distance)), ("p", .double(test.p)),
        ("sizes", .list(sizes.map { .int($0) })), ("failures", .list(failures.map { .text($0) })),
      ])
      let text =
        "\(name): \(counts[0]) gaps at \(busy) messages a second, \(counts[1]) at \(quiet); "
        + "distance \(Decimals.text(test.distance, 4)), p = \(test.p); packets of "
        + sizes.map { "\($0)" }.joined(separator: ", ") + " bytes" + failures.map { "\n  FAILED  \($0)" }.joined()
      out(isJSON ? json.line : text)
    }
    return isGood ? 0 : 1
  }
}
