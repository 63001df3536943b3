import MixHost
import MixNet

/// The marks of one node as the full preset keeps them: parts P1 to P8, each with a half-life of its own. Amounts are in units of
/// 2^-16.
///
/// Source: the peer score of gossipsub v1.1 (libp2p), with the numbers of this project.
struct FullTally: Equatable, Sendable {
  /// One of the amounts that fade.
  enum Part: Int, CaseIterable {
    /// P1: minutes that it is connected.
    case minutes
    /// P2: what it did well.
    case successes
    /// P3: reports that it withholds packets; each stands for a tenth of them.
    case withheld
    /// P4: what was wrong and its own.
    case invalid
    /// P4: what was forged.
    case forged
    /// P7: broken rules.
    case misbehaved
    /// P8: failures of transport.
    case failures

    var half: Nanos {
      switch self {
      case .minutes: .s(3_600)
      case .withheld, .failures: .s(300)
      case .successes, .invalid, .forged, .misbehaved: .s(600)
      }
    }

    /// The amount that gives the part its bound; more is not kept, so that what is over stays over.
    var most: UInt32 {
      switch self {
      case .minutes: 60
      case .successes: 700
      case .withheld: 13
      case .failures: 50
      case .invalid, .forged, .misbehaved: 64
      }
    }
  }

  private(set) var amounts = InlineArray<7, UInt32>(repeating: 0)
  /// P5, from -300 to 300.
  var opinion: Int16 = 0 { didSet { opinion = min(max(opinion, -300), 300) } }
  /// P6: nodes at the same place, itself among them.
  var crowd: UInt16 = 0
  /// True while the minutes run.
  private(set) var isConnected = false
  /// Up to when the decay is reckoned.
  private(set) var time: BookTime

  /// What the amounts are in.
  static let one: UInt32 = 1 << 16
  /// Below a hundredth there is nothing.
  private static let least: UInt32 = one / 100
  /// An hour's half-life over ln 2, in minutes: where the minutes of a node would end that is always connected.
  private static let minutesEnd: UInt64 = 5_672_908

  init(at time: BookTime) { self.time = time }

  static func == (a: Self, b: Self) -> Bool {
    a.words == b.words && a.time == b.time && a.isConnected == b.isConnected
  }

  mutating func add(_ conduct: Conduct, at now: BookTime) {
    decay(to: now)
    let part: Part =
      switch conduct {
      case .success: .successes
      case .failure: .failures
      case .withheld: .withheld
      case .invalid: .invalid
      case .misbehaved: .misbehaved
      case .forged: .forged
      }
    let i = part.rawValue
    amounts[i] = min(amounts[i] + Self.one, part.most * Self.one)
  }

  mutating func setConnected(_ isConnected: Bool, at now: BookTime) {
    decay(to: now)
    self.isConnected = isConnected
  }

  mutating func decay(to now: BookTime) {
    // By whole seconds, and what is left of one counts with the next: parts of one would be cut away, each time anew.
    let elapsed = Nanos.s((now - time).ns / 1_000_000_000)
    guard elapsed > .zero else { return }
    time = time + elapsed
    for part in Part.allCases {
      let i = part.rawValue
      var amount = UInt64(amounts[i])
      if part == .minutes, isConnected {
        let missing = Halving.rest(of: Self.minutesEnd - amount, after: elapsed, half: part.half)
        amount = min(Self.minutesEnd - missing, UInt64(part.most * Self.one))
      } else {
        amount = Halving.rest(of: amount, after: elapsed, half: part.half)
        if amount < Self.least { amount = 0 }
      }
      amounts[i] = UInt32(amount)
    }
  }

  // MARK: Points

  /// What an amount's square gives, in units of 2^-16, when so many are free.
  private func square(_ part: Part, free: UInt32 = 0) -> Int64 {
    let amount = Int64(amounts[part.rawValue]) - Int64(free * Self.one)
    return amount <= 0 ? 0 : (amount * amount) >> 16
  }

  private func amount(_ part: Part) -> Int64 { Int64(amounts[part.rawValue]) }

  private static func points(_ n: Int64) -> Int64 { n * Int64(one) }

  /// The penalties for its conduct, in units of 2^-16.
  private var penalties: Int64 {
    // Ten times the amount is the percentage; its square is divided by 100.
    min(square(.withheld), Self.points(150)) + 20 * square(.invalid)
      + Int64(ScoreRules.ban) * amount(.forged) + 5 * square(.misbehaved, free: 2)
      + min(2 * amount(.failures), Self.points(100))
  }

  /// Points of penalty, rounded down: a part of a point bans nobody.
  var penalty: Int { Int(min(penalties >> 16, Int64(ScoreRules.scoreMax))) }

  /// From -1000 to 1000.
  var score: Int {
    let credit = min(amount(.minutes) + amount(.successes) / 5, Self.points(200))
    let over = Int64(max(0, Int(crowd) - 8))
    let sum = credit + Self.points(Int64(opinion)) - penalties - Self.points(min(20 * over * over, 500))
    return Int(min(max((sum + Int64(Self.one / 2)) >> 16, Int64(-ScoreRules.scoreMax)), Int64(ScoreRules.scoreMax)))
  }

  /// What is left when a ban is over: as many invalid things as come to the score.
  static func pardoned(at time: BookTime) -> Self {
    var tally = Self(at: time)
    // The square root of 250 / 20.
    tally.amounts[Part.invalid.rawValue] = 231_705
    return tally
  }

  // MARK: In a file

  static let words = 8
  var words: [UInt32] {
    Part.allCases.map { amounts[$0.rawValue] } + [UInt32(UInt16(bitPattern: opinion)) << 16 | UInt32(crowd)]
  }

  init?(_ words: ArraySlice<UInt32>, at time: BookTime) {
    guard words.count == Self.words else { return nil }
    self.time = time
    for (part, word) in zip(Part.allCases, words) {
      guard word <= part.most * Self.one else { return nil }
      amounts[part.rawValue] = word
    }
    let last = words[words.endIndex - 1]
    let opinion = Int16(bitPattern: UInt16(last >> 16))
    guard (-300...300).contains(opinion) else { return nil }
    self.opinion = opinion
    crowd = UInt16(truncatingIfNeeded: last)
  }
}
