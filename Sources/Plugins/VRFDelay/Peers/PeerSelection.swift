package import MixNet

/// Which of many nodes a VRF output chooses: one after the other, each with a chance in proportion to its weight among those
/// that are left. In whole numbers only, so the choice is the same on every machine.
///
/// Why it is fair. The VRF's output cannot be told from 64 random bytes by anybody who lacks the secret key, and its owner has
/// no choice of it: there is one output for a key and an input, and the input consists of what all nodes know. Under a keyed
/// BLAKE2b with the output as key, words 0, 1, 2... are then independent and uniform. A word is turned into a number
/// below the sum of the weights that are left, each equally likely (Lemire's multiply and reject: words that would
/// make some numbers likelier are passed over), and the numbers are dealt to the candidates in the order of their addresses, to each as many
/// as its weight. So with the sum S of all weights w, exactly:
///
///     P(a, b, c... in this order) = w(a) / S * w(b) / (S - w(a)) * w(c) / (S - w(a) - w(b)) ...
///
/// which is successive sampling (Yates and Grundy, 1953; Plackett, 1975). With equal weights every set of k of n has the same
/// chance, and each node is in it with k / n. With others a node's share of first places is w / S; its
/// share of places in the set grows less than its weight, since it is chosen once at most.
package enum PeerSelection {
  /// A node that may be chosen; one without weight never is.
  package struct Candidate: Sendable {
    package let address: Bytes32
    package let weight: UInt32

    package init(address: Bytes32, weight: UInt32) {
      self.address = address
      self.weight = weight
    }
  }

  /// At most `count` of the candidates, in the order in which they were drawn; all that have a weight when there are not more.
  package static func choose(_ count: Int, of candidates: [Candidate], _ output: VRFOutput) -> [Bytes32] {
    var draws = PeerDraws(output)
    var weights = RunningWeights(candidates.map(\.weight))
    var chosen: [Bytes32] = []
    chosen.reserveCapacity(min(count, candidates.count))
    while chosen.count < count, weights.total > 0 {
      let place = weights.take(draws.below(weights.total))
      chosen.append(candidates[place].address)
    }
    return chosen
  }
}

/// The weights that are left, so that the place of a number is found, and its weight taken out, in few steps: a Fenwick tree
/// (Fenwick, 1994). Without it a proof would cost its verifier the product of nodes and peers.
struct RunningWeights {
  /// At `i`, counted from 1, the sum of the weights of as many places up to `i` as the lowest bit of `i` says.
  private var sums: [UInt64]
  /// What is left of each place.
  private var weights: [UInt32]
  private(set) var total: UInt64 = 0

  init(_ weights: [UInt32]) {
    self.weights = weights
    sums = [UInt64](repeating: 0, count: weights.count + 1)
    for (place, weight) in weights.enumerated() {
      total += UInt64(weight)
      sums[place + 1] += UInt64(weight)
      let parent = place + 1 + ((place + 1) & -(place + 1))
      if parent < sums.count { sums[parent] += sums[place + 1] }
    }
  }

  /// The first place with which the sum of the weights from the first one on exceeds `number`, which is below ``total``. Its
  /// weight is gone from then on.
  mutating func take(_ number: UInt64) -> Int {
    var (place, rest) = (0, number)
    var step = weights.isEmpty ? 0 : 1 << (Int.bitWidth - 1 - weights.count.leadingZeroBitCount)
    while step > 0 {
      if place + step < sums.count, sums[place + step] <= rest {
        place += step
        rest -= sums[place]
      }
      step >>= 1
    }
    let weight = UInt64(weights[place])
    weights[place] = 0
    total -= weight
    var at = place + 1
    while at < sums.count {
      sums[at] -= weight
      at += at & -at
    }
    return place
  }
}
