package import MixNet

/// How the delays of many packets are spread: a law, its mean, and the longest delay.
package struct DelayLaw: Hashable, Sendable {
  /// The laws' names, as the configuration has them.
  package enum Kind: String, CaseIterable, Sendable {
    /// Exponential: whoever sees a packet leave learns nothing from how long another has been there.
    case exponential
    /// Each length from zero to twice the mean alike.
    case uniform
    /// The mean, always.
    case constant
  }

  package let kind: Kind
  package let mean: Nanos
  /// What would be longer is so long.
  package let max: Nanos

  package init(_ kind: Kind, mean: Nanos, max: Nanos) {
    self.kind = kind
    self.mean = mean
    self.max = max
  }

  /// The delay for 64 uniform bits: the law's quantile, in whole numbers, so that it is the same on every machine.
  package func delay(ofUniform word: UInt64) -> Nanos {
    switch kind {
    case .exponential: min(Logarithm.exponential(mean: mean, ofUniform: word), max)
    case .uniform: min(Nanos(word.multipliedFullWidth(by: (mean + mean).ns).high), max)
    case .constant: min(mean, max)
    }
  }
}
