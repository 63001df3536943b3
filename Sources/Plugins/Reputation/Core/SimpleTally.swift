import MixHost
import MixNet

/// The marks of one node as the simple preset keeps them: a score, and apart from it the penalties, so that credit buys no offence.
///
/// All of it loses ten points in ten minutes, towards zero and no further.
struct SimpleTally: Equatable, Sendable {
  /// From -1000 to 1000.
  private(set) var score = 0
  /// Penalties for what may be misfortune, up to ``slowMax``, and for what is none.
  private(set) var slow = 0
  private(set) var offences = 0
  /// Up to when the decay is reckoned.
  private(set) var time: BookTime

  /// Misfortune costs this much at most: half of what bans.
  static let slowMax = ScoreRules.ban / 2
  /// So many points go in such a time.
  private static let (loss, period) = (10, Nanos.s(600))

  init(at time: BookTime) { self.time = time }

  /// Points that an act gives; negative ones are a penalty.
  static func points(_ conduct: Conduct) -> Int {
    switch conduct {
    case .success: 1
    case .failure: -5
    case .withheld: -10
    case .invalid, .misbehaved: -20
    case .forged: -ScoreRules.ban
    }
  }

  var penalty: Int { slow + offences }

  mutating func add(_ conduct: Conduct, at now: BookTime) {
    decay(to: now)
    var points = Self.points(conduct)
    switch conduct {
    case .success: break
    case .failure, .withheld:
      points = -min(-points, Self.slowMax - slow)
      slow -= points
    case .invalid, .misbehaved, .forged: offences = min(offences - points, ScoreRules.scoreMax)
    }
    score = min(max(score + points, -ScoreRules.scoreMax), ScoreRules.scoreMax)
  }

  /// The score never is below minus the penalties: both lose the same, what is misfortune first.
  mutating func decay(to now: BookTime) {
    let steps = Int(clamping: (now - time).ns / Self.period.ns)
    guard steps > 0 else { return }
    time = time + Self.period * UInt64(steps)
    let loss = Self.loss * min(steps, 2 * ScoreRules.scoreMax)
    score = score > 0 ? max(0, score - loss) : min(0, score + loss)
    let ofSlow = min(slow, loss)
    slow -= ofSlow
    offences = max(0, offences - (loss - ofSlow))
  }

  /// What is left when a ban is over.
  static func pardoned(at time: BookTime) -> Self {
    var tally = Self(at: time)
    tally.score = ScoreRules.pardoned
    tally.offences = -ScoreRules.pardoned
    return tally
  }

  // MARK: In a file

  static let words = 3
  var words: [UInt32] { [UInt32(bitPattern: Int32(score)), UInt32(slow), UInt32(offences)] }

  init?(_ words: ArraySlice<UInt32>, at time: BookTime) {
    guard words.count == Self.words else { return nil }
    let first = words.startIndex
    score = Int(Int32(bitPattern: words[first]))
    slow = Int(words[first + 1])
    offences = Int(words[first + 2])
    self.time = time
    guard abs(score) <= ScoreRules.scoreMax, slow <= Self.slowMax, offences <= ScoreRules.scoreMax, score >= -penalty
    else { return nil }
  }
}
