import MixNet
import Testing

@testable import VRFDelay

/// Chances as they were stated, held against what is chosen. Each test is passed for p > 0.001; the seeds are fixed. Each has
/// a counterpart that is unfair, which the same test must find with p < 1e-6.
@Suite struct FairnessTests {
  private static let least = 0.001
  private static let never = 1e-6

  private func candidates(_ weights: [UInt32]) -> [PeerSelection.Candidate] {
    weights.enumerated().map { PeerSelection.Candidate(address: Bytes32([UInt8($0)]), weight: $1) }
  }

  private func place(_ address: Bytes32) -> Int { Int(address.array[0]) }

  /// How often each of `n` was among the `k` chosen, held against k / n: of such counts the sum of
  /// (count - N p)^2 (n - 1) / (n N p (1 - p)) has the law of n - 1 squares, since they are as correlated as a sample without replacement makes them.
  private func inclusion(_ counts: [Int], _ k: Int, trials: Int) -> Double {
    let n = Double(counts.count)
    let p = Double(k) / n
    let sum = counts.reduce(0.0) { $0 + (Double($1) - Double(trials) * p) * (Double($1) - Double(trials) * p) }
    return chiSquareTail(sum * (n - 1) / (n * Double(trials) * p * (1 - p)), degrees: counts.count - 1)
  }

  /// The chance of each set of `k` as a set of bits, from the definition: over all orders in which it can come.
  private func chances(_ weights: [UInt32], _ k: Int) -> [Int: Double] {
    var sets: [Int: Double] = [:]
    func draw(_ set: Int, _ chance: Double, _ left: Int, _ sum: Double) {
      if left == 0 { return sets[set, default: 0] += chance }
      for (place, weight) in weights.enumerated() where set & 1 << place == 0 && weight > 0 {
        draw(set | 1 << place, chance * Double(weight) / sum, left - 1, sum - Double(weight))
      }
    }
    draw(0, 1, k, weights.reduce(0) { $0 + Double($1) })
    return sets
  }

  /// Holds the sets that come against their chances.
  private func sets(_ weights: [UInt32], _ k: Int, trials: Int, _ choose: (Int) -> [Int]) -> Double {
    let chances = chances(weights, k)
    let names = chances.keys.sorted()
    var counts: [Int: Int] = [:]
    for trial in 0..<trials { counts[choose(trial).reduce(0) { $0 | 1 << $1 }, default: 0] += 1 }
    guard Set(counts.keys).isSubset(of: names) else { return 0 }
    let value = pearson(names.map { counts[$0] ?? 0 }, names.map { (chances[$0] ?? 0) * Double(trials) })
    return chiSquareTail(value, degrees: names.count - 1)
  }

  @Test func theTailIsRight() {
    // Of tables: 95 % and 99.9 % points.
    #expect(
      abs(chiSquareTail(3.841, degrees: 1) - 0.05) < 1e-4 && abs(chiSquareTail(43.773, degrees: 30) - 0.05) < 1e-4)
    #expect(
      abs(chiSquareTail(29.588, degrees: 10) - 0.001) < 1e-5 && abs(chiSquareTail(149.449, degrees: 100) - 0.001) < 1e-5
    )
    #expect(abs(chiSquareTail(2, degrees: 2) - 0.367_879_441_171) < 1e-11)
  }

  @Test func uniformInclusionIsKOfN() {
    let (n, k, trials) = (40, 8, 100_000)
    let all = candidates([UInt32](repeating: 1, count: n))
    var random = RandomStream(seed: Seed(11))
    var counts = [Int](repeating: 0, count: n)
    for _ in 0..<trials { for peer in PeerSelection.choose(k, of: all, .random(&random)) { counts[place(peer)] += 1 } }
    let p = inclusion(counts, k, trials: trials)
    #expect(p > Self.least, "p = \(p)")
    // One in twenty of a node's places given to another is found.
    let moved = counts[0] / 20
    #expect(inclusion([counts[0] - moved, counts[1] + moved] + counts[2...], k, trials: trials) < Self.never)
  }

  @Test(
    arguments: [
      ([1, 1, 1, 1, 1, 1], 3), ([1, 2, 3, 4, 5, 6], 3), ([1, 1, 1, 1, 1, 100], 2), ([5, 0, 1, 9, 0, 2], 2),
      ([1_000_000, 999_999, 3, 1, 500_000], 4), ([7, 1, 1, 1], 1),
    ] as [([UInt32], Int)])
  func everySetHasItsChance(_ weights: [UInt32], _ k: Int) {
    let all = candidates(weights)
    var random = RandomStream(seed: Seed(12))
    let p = sets(weights, k, trials: 100_000) { _ in
      PeerSelection.choose(k, of: all, .random(&random)).map(place)
    }
    #expect(p > Self.least, "p = \(p)")
  }

  /// The chance of each node to be chosen at all, by weight, each within what 50,000 trials allow.
  @Test func weightedInclusionIsExact() {
    let (weights, k, trials): ([UInt32], Int, Int) = ([10, 20, 40, 80, 160, 320, 5, 365], 3, 50_000)
    let all = candidates(weights)
    let chances = chances(weights, k)
    var random = RandomStream(seed: Seed(13))
    var counts = [Int](repeating: 0, count: weights.count)
    for _ in 0..<trials { for peer in PeerSelection.choose(k, of: all, .random(&random)) { counts[place(peer)] += 1 } }
    for place in weights.indices {
      let p = chances.reduce(0.0) { $0 + ($1.key & 1 << place == 0 ? 0 : $1.value) }
      let z = (Double(counts[place]) - Double(trials) * p) / (Double(trials) * p * (1 - p)).squareRoot()
      // Eight of them: 0.001 in all.
      let isFair = chiSquareTail(z * z, degrees: 1) > Self.least / Double(weights.count)
      #expect(isFair, "node \(place): z = \(z)")
    }
  }

  /// Ways that look fair and are not: the same test refuses them.
  @Test func unfairWaysAreFound() {
    var random = RandomStream(seed: Seed(14))
    let weights: [UInt32] = [1, 2, 3, 4, 5, 6]
    let all = candidates(weights)
    // Weights are not looked at.
    let flat = candidates([1, 1, 1, 1, 1, 1])
    #expect(
      sets(weights, 3, trials: 100_000) { _ in PeerSelection.choose(3, of: flat, .random(&random)).map(place) }
        < Self.never)
    // The better of two outputs is taken: what a node could do that has a choice.
    let grinding = sets(weights, 3, trials: 100_000) { _ in
      let one = PeerSelection.choose(3, of: all, .random(&random)).map(place)
      let other = PeerSelection.choose(3, of: all, .random(&random)).map(place)
      return one.contains(0) ? one : other
    }
    #expect(grinding < Self.never)
    // A remainder is taken where many numbers are rejected: on eight bits, 6 of 256 are not dealt evenly over 10.
    let remainder = sets([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 1, trials: 100_000) { _ in [Int(random.next() & 255) % 10] }
    #expect(remainder < Self.never)
  }

  /// The whole way: a node's own proofs over many epochs choose each of its peers as often as they should.
  @Test func proofsOfARealKeyAreFair() throws {
    let weights: [UInt32] = [1, 1, 2, 4, 8]
    let key = VRFSecretKey.test(5)
    let directory = NetworkDirectory(
      nodes: ([1] + weights).enumerated().map { number, weight in
        NetworkDirectory.Node(
          name: "", layer: 0, address: Bytes32([UInt8(number == 0 ? 200 : number - 1)]),
          chains: [("mix", .loopback(port: 1))], clients: nil,
          keys: [.init(purpose: "vrf", bytes: key.publicKey.bytes, from: 0, until: .max)], capacity: weight)
      })
    let rules = PeerRules(chain: "mix", epochSeconds: 60, peers: 2, among: .all, weighting: .capacity)
    let list = PeerList(directory, chain: "mix")
    var missing = 0
    let p = sets(weights, 2, trials: 2_000) { epoch in
      guard let choice = PeerChoice(key, rules, epoch: UInt64(epoch), in: list, own: Bytes32([200])) else {
        missing += 1
        return []
      }
      return choice.peers.map(place)
    }
    #expect(p > Self.least && missing == 0, "p = \(p)")
  }
}
