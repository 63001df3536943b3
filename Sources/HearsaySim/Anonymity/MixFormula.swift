import Glibc

/// The entropy that a network of continuous-time mixes gives a message, where pools are well filled.
enum MixFormula {
  /// `log2(rate) + h2(Gamma(layers, mean))` in bits: `rate` messages a second in all, through layers that hold each for a time
  /// from an exponential distribution of this mean in seconds. What a message may be mixed with is what was received within
  /// the spread of its own latency, which has a Gamma distribution.
  static func bits(rate: Double, layers: Int, mean: Double) -> Double {
    let shape = Double(layers)
    let nats = shape + log(mean) + lgamma(shape) + (1 - shape) * digamma(shape)
    return log2(rate) + nats / M_LN2
  }

  /// The logarithmic derivative of Gamma at a whole number from 1 on: `-gamma + 1 + 1/2 + ... + 1/(n - 1)`.
  static func digamma(_ n: Double) -> Double {
    let eulerMascheroni = 0.577_215_664_901_532_9
    return stride(from: 1, to: n, by: 1).reduce(-eulerMascheroni) { $0 + 1 / $1 }
  }
}
