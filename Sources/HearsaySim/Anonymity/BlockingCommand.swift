import MixNet
import OrderedJSON

/// `hearsay-sim anonymity n-1`: all but one packet are kept from a mix, without cover and with it.
struct BlockingCommand {
  private var settings = AnonymitySettings(rate: 100, width: 3, meanDelay: .ms(100), targets: 100, crypto: .stub)
  private let cover: Int
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words, options: ["seed", "rate", "layers", "width", "mean-delay-ms", "targets", "crypto", "cover"],
      switches: ["json"])
    if words.value("seed") != nil { settings.seed = try words.seed() }
    settings.rate = Double(try words.int("rate", default: 100, in: 1...10_000))
    settings.layers = try words.int("layers", default: 3, in: 2...5)
    settings.width = try words.int("width", default: 3, in: 2...10)
    settings.meanDelay = .ms(UInt64(try words.int("mean-delay-ms", default: 100, in: 1...60_000)))
    settings.targets = try words.int("targets", default: 100, in: 1...10_000)
    settings.crypto = try words.choice("crypto", default: .stub)
    cover = try words.cover(default: 20, in: 1...1_000)
    isJSON = words.has("json")
  }

  func run(_ out: (String) -> Void) -> Int32 {
    let reports = [0, cover].map { cover in
      var settings = settings
      settings.coverPerSecond = cover
      return BlockingRun(settings).attack()
    }
    for report in reports { out(isJSON ? report.json.line : report.text) }
    return reports.allSatisfy { $0.failures.isEmpty } ? 0 : 1
  }
}
