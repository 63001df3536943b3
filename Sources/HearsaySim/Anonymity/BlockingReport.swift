import MixNet
import OrderedJSON

/// What an n-1 attack has shown.
struct BlockingReport {
  let settings: AnonymitySettings
  let failures: [String]
  /// What the attacker does not know of which packet that left the attacked mix was the target, and what it was worth to be told,
  /// in bits: means over all targets.
  let linkBits: Double
  let linkSurprise: Double
  /// What is left in the end, when the mixes behind have held the target.
  let entropy: Double
  let alarm: Nanos?
  let unnoticed: Int
  let targets: Int

  init(_ attack: BlockingRun, _ run: AnonymityRun) {
    (settings, failures, alarm, unnoticed) = (run.settings, attack.failures, attack.alarm, attack.unnoticed)
    let bits = run.observer.watch?.bits ?? []
    targets = bits.count
    func mean(_ list: [Double]) -> Double { list.reduce(0, +) / Double(max(1, list.count)) }
    (linkBits, linkSurprise) = (mean(bits.map(\.entropy)), mean(bits.map(\.surprise)))
    entropy = mean(run.observer.tracker.entropy)
  }

  private var coverName: String { "\(settings.coverPerSecond) drop messages a second" }

  var json: JSON {
    .object([
      ("cover", .int(settings.coverPerSecond)), ("targets", .int(targets)), ("link_bits", .double(linkBits)),
      ("link_surprise_bits", .double(linkSurprise)), ("entropy_bits", .double(entropy)),
      ("alarm_s", alarm.map { .double(Double($0.ns) / 1e9) } ?? .null), ("unnoticed", .int(unnoticed)),
      ("failures", .list(failures.map { .text($0) })),
    ])
  }

  var text: String {
    let noticed = alarm.map { "alarm after \(Decimals.text(Double($0.ns) / 1e9, 0)) s and \(unnoticed) targets" }
    return "\(settings.hasCover ? coverName : "no cover"): of \(targets) targets, one at a time, at the attacked mix "
      + "\(Decimals.text(linkBits, 2)) bits, in the end \(Decimals.text(entropy, 2)); \(noticed ?? "nobody notices")"
      + failures.map { "\n  FAILED  \($0)" }.joined()
  }
}
