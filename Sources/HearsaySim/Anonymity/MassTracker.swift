import Glibc

/// Where a message may be, as one knows it who sees all links and looks into no honest mix: for each target the probability that
/// it is this packet or that one.
///
/// A mix holds a part of each target's mass. Of `n` packets in it any one is as likely as another to leave next, which is exact
/// where delays are exponential: so what leaves takes the n-th part of the mass along. A target's mass is 1 when it is sent, and
/// in the end it lies with the messages that receivers got; the entropy of that distribution is what hides the target.
///
/// Source: Serjantov and Danezis, "Towards an information theoretic metric for anonymity" (2002); Piotrowska and others, "The
/// Loopix anonymity system" (2017), theorem 1; Ben Guirat and others, "MiXiM" (2021).
struct MassTracker {
  /// The mass of each target that one packet carries; empty: none of any.
  typealias Mass = [Double]

  private struct Mix {
    var count = 0
    var mass: Mass
  }

  private let targets: Int
  private var mixes: [Mix]
  /// Over the messages that were received: sums of -p log2 p, of p, and the largest p.
  private(set) var entropy: [Double]
  private(set) var received: [Double]
  private(set) var largest: [Double]

  init(mixes: Int, targets: Int) {
    self.targets = targets
    let none = Mass(repeating: 0, count: targets)
    self.mixes = [Mix](repeating: Mix(mass: none), count: mixes)
    (entropy, received, largest) = (none, none, none)
  }

  /// The mass of a target that is sent now.
  func sent(_ target: Int) -> Mass {
    var mass = Mass(repeating: 0, count: targets)
    mass[target] = 1
    return mass
  }

  /// A packet goes into a mix.
  mutating func enter(_ mix: Int, _ mass: Mass) {
    mixes[mix].count += 1
    for target in mass.indices { mixes[mix].mass[target] += mass[target] }
  }

  /// A packet comes out of a mix; gives the mass that it may be.
  mutating func leave(_ mix: Int) -> Mass {
    let count = mixes[mix].count
    guard count > 0 else { return [] }
    mixes[mix].count -= 1
    let part = 1 / Double(count)
    var mass = mixes[mix].mass
    var isNone = true
    for target in mass.indices where mass[target] > 0 {
      let gone = count == 1 ? mass[target] : mass[target] * part
      mixes[mix].mass[target] -= gone
      mass[target] = gone
      isNone = false
    }
    return isNone ? [] : mass
  }

  /// A message has come to a receiver.
  mutating func receive(_ mass: Mass) {
    for target in mass.indices where mass[target] > 0 {
      let p = mass[target]
      entropy[target] -= p * log2(p)
      received[target] += p
      largest[target] = max(largest[target], p)
    }
  }

  /// Packets in a mix.
  func count(_ mix: Int) -> Int { mixes[mix].count }

  /// What of each target is in a mix.
  func mass(in mix: Int) -> Mass { mixes[mix].mass }

  /// The mass of a target that is in mixes.
  func held(_ target: Int) -> Double { mixes.reduce(0) { $0 + $1.mass[target] } }
}
