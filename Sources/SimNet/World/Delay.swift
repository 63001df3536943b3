public import MixNet

/// How long something takes: a distribution that is drawn from in whole numbers alone.
public enum Delay: Sendable, Equatable {
  /// Always the same.
  case fixed(Nanos)
  /// Each length from the first to the second alike.
  case uniform(Nanos, Nanos)
  /// `least`, and behind it an exponential tail of this mean (at most 45 means long).
  case exponential(least: Nanos, mean: Nanos)
  /// `slow` by this chance, `fast` otherwise, each with a tenth of its own length more at most.
  case bimodal(fast: Nanos, slow: Nanos, slowChance: Chance)

  /// The length for 64 random bits.
  public func length(_ word: UInt64) -> Nanos {
    switch self {
    case .fixed(let length): return length
    case .uniform(let least, let most):
      guard most > least else { return least }
      return least + Nanos(word.multipliedFullWidth(by: (most - least).ns &+ 1).high)
    case .exponential(let least, let mean):
      return least + Logarithm.exponential(mean: mean, ofUniform: word)
    case .bimodal(let fast, let slow, let slowChance):
      let base = Dice(word: word).hits(slowChance, salt: 0) ? slow : fast
      return base + Nanos(Dice(word: word).value(below: base.ns / 10 + 1, salt: 1))
    }
  }

  /// The word in traces.
  var name: StaticString {
    switch self {
    case .fixed: "fixed"
    case .uniform: "uniform"
    case .exponential: "exponential"
    case .bimodal: "bimodal"
    }
  }

  /// What is drawn as a rule: the middle, the mean of a tail, the faster of two.
  public var typical: Nanos {
    switch self {
    case .fixed(let length): length
    case .uniform(let least, let most): most > least ? least + Nanos((most - least).ns / 2) : least
    case .exponential(let least, let mean): least + mean
    case .bimodal(let fast, _, _): fast
    }
  }

  /// What fewer than one of 20,000 are longer than: the longest, or ten means of a tail.
  public var longest: Nanos {
    switch self {
    case .fixed(let length): length
    case .uniform(let least, let most): max(least, most)
    case .exponential(let least, let mean): least + mean * 10
    case .bimodal(let fast, let slow, _): max(fast, slow) + Nanos(max(fast, slow).ns / 10)
    }
  }

  /// The shortest that is ever drawn.
  public var least: Nanos {
    switch self {
    case .fixed(let length): length
    case .uniform(let least, _), .exponential(let least, _): least
    case .bimodal(let fast, let slow, _): min(fast, slow)
    }
  }
}
