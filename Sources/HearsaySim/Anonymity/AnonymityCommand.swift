import MixNet
import OrderedJSON

/// `hearsay-sim anonymity`: what someone who sees all links does not learn, in bits.
struct AnonymityCommand {
  private var settings = AnonymitySettings()
  private let isJSON: Bool
  private let plot: String?

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words,
      options: [
        "seed", "rate", "layers", "width", "mean-delay-ms", "targets", "crypto", "delay", "corrupt", "cover",
        "chain", "plot",
      ],
      switches: ["json"])
    if words.value("seed") != nil { settings.seed = try words.seed() }
    settings.rate = Double(try words.int("rate", default: Int(settings.rate), in: 1...10_000))
    settings.layers = try words.int("layers", default: settings.layers, in: 1...5)
    settings.width = try words.int("width", default: settings.width, in: 1...10)
    let delay = try words.int("mean-delay-ms", default: Int(settings.meanDelay.ms), in: 1...60_000)
    settings.meanDelay = .ms(UInt64(delay))
    settings.targets = try words.int("targets", default: settings.targets, in: 1...10_000)
    settings.crypto = try words.choice("crypto", default: settings.crypto)
    settings.delay = try words.choice("delay", default: settings.delay)
    settings.corruptPercent = try words.int("corrupt", default: 0, in: 0...100)
    settings.coverPerSecond = try words.cover(default: 0, in: 0...1_000)
    if let path = words.value("chain") { settings.chain = try ChainFile(reading: path, crypto: settings.crypto) }
    isJSON = words.has("json")
    plot = words.value("plot")
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    if let plot { return AnonymityPlotCommand(path: plot, settings: settings).run(out, note) }
    let run = AnonymityRun(settings)
    run.run()
    let report = AnonymityReport(run)
    out(isJSON ? report.json.line : report.text)
    return report.isGood ? 0 : 1
  }
}

extension Words {
  /// Drop messages a second. Mixes are told the time between two of them in whole milliseconds.
  func cover(default preset: Int, in range: ClosedRange<Int>) throws(WrongWords) -> Int {
    let cover = try int("cover", default: preset, in: range)
    guard cover == 0 || 1_000 % cover == 0 else {
      throw WrongWords(sentence: "--cover must be a whole number that divides 1000; found '\(cover)'")
    }
    return cover
  }
}
