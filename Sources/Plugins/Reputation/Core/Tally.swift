import MixHost
import MixNet

/// The marks of one node, as the book's preset keeps them.
enum Tally: Equatable, Sendable {
  case simple(SimpleTally)
  case full(FullTally)

  /// What is left when a ban is over.
  static func pardoned(_ preset: ScoreRules.Preset, at time: BookTime) -> Tally {
    switch preset {
    case .simple: .simple(.pardoned(at: time))
    case .full: .full(.pardoned(at: time))
    }
  }

  /// Changes both kinds alike.
  private mutating func change(simple: (inout SimpleTally) -> Void, full: (inout FullTally) -> Void) {
    switch self {
    case .simple(var tally):
      simple(&tally)
      self = .simple(tally)
    case .full(var tally):
      full(&tally)
      self = .full(tally)
    }
  }

  mutating func add(_ conduct: Conduct, at now: BookTime) {
    change(simple: { $0.add(conduct, at: now) }, full: { $0.add(conduct, at: now) })
  }

  mutating func decay(to now: BookTime) { change(simple: { $0.decay(to: now) }, full: { $0.decay(to: now) }) }

  /// The simple preset gives no points for time, opinions and crowds.
  mutating func setConnected(_ isConnected: Bool, at now: BookTime) {
    change(simple: { _ in }, full: { $0.setConnected(isConnected, at: now) })
  }

  mutating func setOpinion(_ opinion: Int) {
    change(simple: { _ in }, full: { $0.opinion = Int16(clamping: opinion) })
  }

  mutating func setCrowd(_ nodes: Int) { change(simple: { _ in }, full: { $0.crowd = UInt16(clamping: nodes) }) }

  /// Up to when the decay is reckoned.
  var time: BookTime {
    switch self {
    case .simple(let tally): tally.time
    case .full(let tally): tally.time
    }
  }

  /// From -1000 to 1000, at ``time``.
  var score: Int {
    switch self {
    case .simple(let tally): tally.score
    case .full(let tally): tally.score
    }
  }

  /// Points of penalty for conduct alone, whatever the credit: 500 ban.
  var penalty: Int {
    switch self {
    case .simple(let tally): tally.penalty
    case .full(let tally): tally.penalty
    }
  }

  func decayed(to now: BookTime) -> Tally {
    var tally = self
    tally.decay(to: now)
    return tally
  }
}
