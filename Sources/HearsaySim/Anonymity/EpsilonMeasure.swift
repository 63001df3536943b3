import Glibc
import MixNet
import SimNet

/// How well one who sees all links can tell two senders apart: epsilon = |ln(p0 / p1)|, where p0 and p1 are the probabilities that
/// a message which leaves a mix of the last layer is payload of the one or of the other.
///
/// Of a mix any packet is as likely as another to leave next, so p0 / p1 is the ratio of what the mix holds of both. All users are
/// paired: who is in another pair is to each pair what every other user is, so one network gives many values at once. They are
/// taken at the end of the span that follows the burn-in, and every few seconds before, as soon as pools have forgotten the
/// silence in which it began.
/// Source: Piotrowska and others, "The Loopix anonymity system" (2017), section 4.3, equation 3.
struct EpsilonMeasure {
  private(set) var settings: AnonymitySettings
  /// Users talk for so many seconds.
  let seconds: Int
  /// Seconds between two looks.
  static let pause = 5

  /// So many users, twice a second each, through layers of mixes with this mean delay.
  init(users: Int = 100, layers: Int = 3, width: Int = 3, meanDelay: Nanos = .s(1), seconds: Int = 100) {
    let rate = Double(users * ChallengeBook.perSecond)
    settings = AnonymitySettings(
      rate: rate, layers: layers, width: width, meanDelay: meanDelay, targets: users, crypto: .stub, users: users,
      span: .s(UInt64(seconds)))
    self.seconds = seconds
  }

  /// What a user sends in the mean delay of one mix.
  var lambdaOverMu: Double { Double(ChallengeBook.perSecond) * Double(settings.meanDelay.ns) / 1e9 }
  /// From then on pools have forgotten how it began: what came six mean paths ago has left to all but a thousandth.
  private var first: Int {
    min(seconds, Int((6 * Double(settings.layers) * Double(settings.meanDelay.ns) / 1e9).rounded(.up)))
  }

  /// The differences of one network; infinite where a mix held nothing of one of both.
  func values(seed: UInt64) -> [Double]? {
    var settings = settings
    settings.seed = seed
    let run = AnonymityRun(settings)
    guard run.attach() else { return nil }
    run.world.run(for: settings.burnIn)
    var values: [Double] = []
    for second in 1...seconds {
      run.world.run(for: .s(1))
      guard second >= first, (seconds - second) % Self.pause == 0 else { continue }
      for mix in run.plan.layers.last ?? [] { values += Self.differences(run.observer.tracker.mass(in: mix)) }
    }
    run.checkLosses()
    return run.failures.isEmpty ? values : nil
  }

  private static func differences(_ mass: MassTracker.Mass) -> [Double] {
    stride(from: 0, to: mass.count - 1, by: 2).map { abs(log(mass[$0] / mass[$0 + 1])) }
  }
}

/// What several networks have given, each from a seed of its own.
struct EpsilonReport {
  /// The mean over all values, and their standard deviation: that of one pair at one mix, once.
  let mean: Double
  let deviation: Double
  /// The standard error of the mean, from the means of the networks.
  let error: Double
  /// Pairs of all networks.
  let pairs: Int
  /// Values that were infinite, and are not in the mean.
  let infinite: Int

  /// Repeats a measurement with the seeds that follow this one; nil when a network did not start.
  init?(_ measure: EpsilonMeasure, repetitions: Int, seed: UInt64 = 1) {
    let runs = (0..<UInt64(repetitions)).compactMap { measure.values(seed: seed &+ $0) }
    guard runs.count == repetitions, repetitions > 0 else { return nil }
    let all = runs.flatMap { $0 }
    let values = all.filter(\.isFinite)
    let means = runs.map { Self.mean($0.filter(\.isFinite)) }
    (mean, deviation) = (Self.mean(values), Self.deviation(values))
    error = Self.deviation(means) / Double(repetitions).squareRoot()
    (pairs, infinite) = (repetitions * (measure.settings.users / 2), all.count - values.count)
  }

  private static func mean(_ list: [Double]) -> Double { list.reduce(0, +) / Double(max(1, list.count)) }
  private static func deviation(_ list: [Double]) -> Double {
    let middle = mean(list)
    return (list.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / Double(max(1, list.count - 1))).squareRoot()
  }
}
