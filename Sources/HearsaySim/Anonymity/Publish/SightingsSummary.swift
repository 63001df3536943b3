import Glibc

/// How little somebody knows who sees all links, over many messages, and whether what he says that he knows is right.
struct SightingsSummary: Sendable {
  /// What is not known of each message's sender, in bits, the least first.
  let entropies: [Double]
  /// The probability that is given to the true sender, as the mean over all messages.
  let probability: Double
  /// What that mean is expected to be where each posterior is right: the mean of the sums of squares.
  let expected: Double
  /// How far the two are apart by chance: the standard error of their difference.
  let standardError: Double
  /// What it was worth to be told the sender, in bits, in the mean: where each posterior is right, as much as the entropy says.
  let surprise: Double
  /// So often the likeliest sender was the true one, and so often that is expected.
  let guessed: Double
  let guessExpected: Double
  /// The message of whose sender most is known, the first of several, and who that was.
  let leastHidden: (message: Sighting, sender: Int)?
  /// Posteriors that are off from 1 in sum, at most by this.
  let sumError: Double

  /// `senderOf`: who has sent each message, by its number.
  init(_ sightings: [Sighting], senderOf: [Int]) {
    let known = sightings.filter { senderOf.indices.contains($0.number) }
    let count = Double(max(1, known.count))
    func mean(_ value: (Sighting) -> Double) -> Double { known.reduce(0) { $0 + value($1) } / count }
    func right(_ sighting: Sighting) -> Double { sighting.posterior[senderOf[sighting.number]] }
    entropies = known.map(\.entropy).sorted()
    probability = mean(right)
    expected = mean(\.sumOfSquares)
    standardError = (known.reduce(0) { $0 + $1.variance }).squareRoot() / count
    surprise = mean { -log2(right($0)) }
    guessed = mean { $0.guess == senderOf[$0.number] ? 1 : 0 }
    guessExpected = mean { $0.posterior.max() ?? 0 }
    leastHidden = known.min { $0.entropy < $1.entropy }.map { ($0, senderOf[$0.number]) }
    sumError = known.reduce(0) { max($0, abs($1.posterior.reduce(0, +) - 1)) }
  }

  var mean: Double { entropies.reduce(0, +) / Double(max(1, entropies.count)) }
  var least: Double { entropies.first ?? 0 }
  func quantile(_ q: Double) -> Double {
    entropies.isEmpty ? 0 : entropies[min(entropies.count - 1, Int(q * Double(entropies.count)))]
  }

  /// The difference between what was given to the true sender and what is expected, in standard errors; zero where nothing is left to chance.
  var deviation: Double { standardError > 0 ? (probability - expected) / standardError : 0 }

  /// What is said is right, as far as chance lets it be told.
  var isCalibrated: Bool {
    abs(deviation) <= 4 && abs(probability - expected) <= max(1e-9, 4 * standardError) && sumError < 1e-9
  }
}
