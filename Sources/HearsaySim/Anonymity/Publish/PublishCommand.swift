import MixNet
import OrderedJSON

/// `hearsay-sim anonymity publish`: who is taken for the sender of a message that a mix publishes to a cluster, and of one that a user's own node
/// publishes.
struct PublishCommand {
  private var settings = PublishSettings()
  private let isJSON: Bool

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(
      words,
      options: [
        "seed", "rate", "senders", "layers", "width", "mean-delay-ms", "messages", "members", "crypto", "delay",
        "cover",
      ], switches: ["no-origins", "json"])
    if words.value("seed") != nil { settings.network.seed = try words.seed() }
    settings.network.rate = Double(try words.int("rate", default: Int(settings.network.rate), in: 1...1_000))
    settings.senders = try words.int("senders", default: settings.senders, in: 2...60)
    settings.network.layers = try words.int("layers", default: settings.network.layers, in: 1...5)
    settings.network.width = try words.int("width", default: settings.network.width, in: 1...10)
    let delay = try words.int("mean-delay-ms", default: Int(settings.network.meanDelay.ms), in: 1...60_000)
    settings.network.meanDelay = .ms(UInt64(delay))
    settings.network.targets = try words.int("messages", default: settings.messages, in: 10...10_000)
    settings.members = try words.int("members", default: settings.members, in: 0...40)
    settings.network.crypto = try words.choice("crypto", default: settings.network.crypto)
    settings.network.delay = try words.choice("delay", default: settings.network.delay)
    settings.network.coverPerSecond = try words.cover(default: 0, in: 0...1_000)
    settings.namesOrigin = !words.has("no-origins")
    isJSON = words.has("json")
    guard settings.network.width + settings.members > 1 else {
      throw WrongWords(sentence: "a cluster has at least two members: give --width or --members")
    }
  }

  func run(_ out: (String) -> Void) -> Int32 {
    let report = PublishReport(settings)
    out(isJSON ? report.json.line : report.text)
    return report.isGood ? 0 : 1
  }
}

extension PublishReport {
  /// Runs both.
  init(_ settings: PublishSettings) {
    let (mixed, own) = (PublishRun(settings), OwnNodeRun(settings))
    mixed.run()
    own.run()
    self.init(mixed, own)
  }
}
