import Glibc

/// A message that was published, and what somebody makes of it who sees all links.
struct Sighting: Sendable {
  /// The number that the message bears: whoever sees the links makes no use of it, whoever counts how right he was does.
  let number: Int
  /// How likely each of the senders is to have sent it.
  let posterior: [Double]

  /// What is not known of the sender, in bits.
  var entropy: Double { posterior.reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 } }
  /// What the true sender's probability is if the posterior is right, in the mean.
  var sumOfSquares: Double { posterior.reduce(0) { $0 + $1 * $1 } }
  /// The variance of the true sender's probability if the posterior is right.
  var variance: Double {
    let square = sumOfSquares
    return max(0, posterior.reduce(0) { $0 + $1 * $1 * $1 } - square * square)
  }
  /// The sender who is taken for the likeliest, the first of several.
  var guess: Int? { posterior.max().flatMap { posterior.firstIndex(of: $0) } }
}
