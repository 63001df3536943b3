import MixNet
import OrderedJSON
import SimNet

/// Who is taken for the sender of what is published: through a mix, and without one.
struct PublishReport {
  /// One of the two ways.
  struct Way {
    let name: String
    let hash: Bytes32
    let failures: [String]
    let summary: SightingsSummary
    let members: Int
    let messages: Int
    let deliveries: ClusterAudience.Deliveries
  }

  let settings: PublishSettings
  let mixed: Way
  let own: Way

  init(_ run: PublishRun, _ other: OwnNodeRun) {
    settings = run.settings
    mixed = Way(
      name: "mix", hash: run.world.trace.digest, failures: run.failures,
      summary: SightingsSummary(run.sightings, senderOf: run.senderOf), members: run.audience.readers.count,
      messages: run.senderOf.count, deliveries: run.deliveries)
    own = Way(
      name: "own node", hash: other.world.trace.digest, failures: other.failures,
      summary: SightingsSummary(other.observer.sightings, senderOf: other.senderOf),
      members: other.audience.readers.count, messages: other.senderOf.count, deliveries: other.deliveries)
  }

  var isGood: Bool { mixed.isGood && own.isGood }

  var json: JSON {
    let network = settings.network
    return .object([
      ("seed", .uint(network.seed)), ("verdict", .text(isGood ? "ok" : "failed")),
      ("replay", .text("hearsay-sim " + settings.words)), ("crypto", .text(network.crypto.rawValue)),
      ("rate", .double(network.rate)), ("senders", .int(settings.senders)), ("layers", .int(network.layers)),
      ("width", .int(network.width)), ("mean_delay_ms", .uint(network.meanDelay.ms)),
      ("delay", .text(network.delay.rawValue)), ("cover_per_s", .int(network.coverPerSecond)),
      ("messages", .int(settings.messages)), ("most_bits", .double(settings.mostBits)), ("mix", mixed.json),
      ("own_node", own.json),
    ])
  }

  var text: String {
    func bits(_ value: Double) -> String { Decimals.text(value, 3) }
    return
      ([
        "\(settings.senders) senders, so at most \(bits(settings.mostBits)) bits of each of \(settings.messages) messages"
      ] + mixed.lines + own.lines
      + ["seed \(settings.network.seed): \(isGood ? "ok" : "failed")"]).joined(separator: "\n")
  }
}

extension PublishReport.Way {
  var isGood: Bool {
    failures.isEmpty && summary.isCalibrated && deliveries.once == messages * members && deliveries.missing == 0
      && deliveries.repeated == 0
  }

  var json: JSON {
    .object([
      ("hash", .text(Hex.text(hash.array))), ("failures", .list(failures.map { .text($0) })),
      (
        "entropy_bits",
        .object([
          ("mean", .double(summary.mean)), ("median", .double(summary.quantile(0.5))),
          ("p5", .double(summary.quantile(0.05))), ("min", .double(summary.least)),
        ])
      ),
      ("surprise_bits", .double(summary.surprise)),
      (
        "true_sender",
        .object([
          ("percent", .double(100 * summary.probability)), ("expected_percent", .double(100 * summary.expected)),
          ("standard_error_percent", .double(100 * summary.standardError)), ("deviation", .double(summary.deviation)),
        ])
      ),
      (
        "guessed",
        .object([
          ("percent", .double(100 * summary.guessed)), ("expected_percent", .double(100 * summary.guessExpected)),
        ])
      ),
      ("least_hidden", summary.leastHidden.map { Self.json($0) } ?? .null), ("sum_error", .double(summary.sumError)),
      ("sent", .int(messages)), ("members", .int(members)),
      (
        "delivered",
        .object([
          ("once", .int(deliveries.once)), ("missing", .int(deliveries.missing)),
          ("repeated", .int(deliveries.repeated)),
        ])
      ),
    ])
  }

  /// A message, and what is made of it.
  private static func json(_ sighting: (message: Sighting, sender: Int)) -> JSON {
    .object([
      ("sender", .int(sighting.sender + 1)),
      ("posterior_percent", .list(sighting.message.posterior.map { .double(100 * $0) })),
    ])
  }

  /// The likeliest senders of the message that is hidden least.
  private var leastHidden: String {
    guard let (message, sender) = summary.leastHidden else { return "no message was seen" }
    let likeliest = message.posterior.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }.prefix(
      5)
    return likeliest.map { "user \($0.offset + 1) \(Decimals.text(100 * $0.element, 1)) %" }.joined(separator: ", ")
      + "; it was user \(sender + 1)"
  }

  /// Lines for people.
  var lines: [String] {
    func bits(_ value: Double) -> String { Decimals.text(value, 3) }
    func part(_ value: Double) -> String { Decimals.text(value, 4) }
    let lines = [
      "\(name): the sender is hidden by \(bits(summary.mean)) bits in the mean, median \(bits(summary.quantile(0.5))), "
        + "5 % below \(bits(summary.quantile(0.05))), least \(bits(summary.least)); told who it was: "
        + "\(bits(summary.surprise)) bits",
      "  true sender   was given \(part(summary.probability)), expected \(part(summary.expected)) "
        + "(standard error \(part(summary.standardError))); the likeliest was right \(part(summary.guessed)) of the time, "
        + "expected \(part(summary.guessExpected))",
      "  least hidden  \(leastHidden)",
      "  delivered     \(messages) messages at \(members) members: \(deliveries.once) once, \(deliveries.missing) missing, "
        + "\(deliveries.repeated) more than once",
    ]
    return lines + (summary.isCalibrated ? [] : ["  FAILED  the probabilities are not right"])
      + failures.map { "  FAILED  \($0)" }
  }
}
