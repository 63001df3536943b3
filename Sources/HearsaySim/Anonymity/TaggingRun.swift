import MixNet
import SimNet
import Sphinx

/// A tagging attack on real nodes. Corrupt mixes of the first layer turn over one bit in the payload of each packet, another one in
/// each. Their friends read all that receivers get, know what every message would have been, and look for the message that differs
/// from it as the mark of one target would have made it.
final class TaggingRun {
  private let run: AnonymityRun
  private let tagger = Tagger()
  private let plain: [UInt8]
  /// Messages among which a target is looked for.
  private let candidates: Int
  private let wanted: Int
  private var words: [UInt64] = []
  private var waiting: [Int: [(number: Int, payload: [UInt8])]] = [:]
  private(set) var trials = 0
  private(set) var found = 0
  /// Messages that came as they would have come without the attack.
  private(set) var unharmed = 0

  /// A target is looked for so often, among so many messages each time.
  init(_ settings: AnonymitySettings, trials: Int, among candidates: Int) {
    var settings = settings
    settings.span = .s(UInt64(2 * Double(trials * candidates) / settings.rate) + 60)
    plain = Self.plainPayload(settings)
    (wanted, self.candidates) = (trials, candidates)
    run = AnonymityRun(settings, tagger: tagger)
    run.followsSenders = false
  }

  var failures: [String] { run.failures }

  /// What a receiver gets when nobody meddles: all messages are the same.
  private static func plainPayload(_ settings: AnonymitySettings) -> [UInt8] {
    let run = AnonymityRun(settings)
    run.followsSenders = false
    var payload: [UInt8] = []
    run.whenReceived = { _, bytes in payload = bytes }
    guard run.attach() else { return [] }
    for _ in 0..<60 where payload.isEmpty { run.world.run(for: .s(1)) }
    return payload
  }

  /// Goes on until a target was looked for as often as it shall be.
  func attack() {
    run.whenSent = { [unowned self] _, packet in words.append(LinkObserver.word(of: packet)) }
    run.whenReceived = { [unowned self] in receive($0, $1) }
    guard run.attach(), !plain.isEmpty else { return }
    for _ in 0..<run.settings.span.ms / 1_000 where trials < wanted { run.world.run(for: .s(1)) }
    if trials < wanted { run.fail("only \(trials) trials") }
    run.checkLosses()
  }

  /// Messages that were sent one after the other are the candidates of one trial, once all of them have come.
  private func receive(_ number: Int, _ payload: [UInt8]) {
    let group = number / candidates
    waiting[group, default: []].append((number, payload))
    guard trials < wanted, let all = waiting[group], all.count == candidates else { return }
    waiting[group] = nil
    let target = group * candidates
    guard let mark = tagger.mark(of: words[target]) else { return run.fail("a packet was not marked") }
    unharmed += all.count { $0.payload == plain }
    trials += 1
    let distances = all.map { (self.distance($0.payload, mark), $0.number) }
    if distances.min(by: { $0 < $1 })?.1 == target { found += 1 }
  }

  /// Bits in which a payload differs from what the mark alone would have made of it.
  private func distance(_ payload: [UInt8], _ mark: Int) -> Int {
    var bits = 0
    for (place, (one, other)) in zip(payload, plain).enumerated() {
      let expected = place == mark / 8 ? other ^ 1 << UInt8(mark % 8) : other
      bits += (one ^ expected).nonzeroBitCount
    }
    return bits
  }

  /// How often chance alone finds the target: what lies within the 99 % interval.
  static func chance(trials: Int, candidates: Int) -> ClosedRange<Double> {
    let p = 1 / Double(candidates)
    let spread = 2.575_8 * (p * (1 - p) / Double(max(1, trials))).squareRoot()
    return max(0, p - spread)...min(1, p + spread)
  }
}
