import MixNet
import Testing

@testable import HearsaySim

struct MassTrackerTests {
  /// Of four packets in a mix each may be the target: two bits.
  @Test func oneBatchHidesEvenly() {
    var tracker = MassTracker(mixes: 1, targets: 1)
    tracker.enter(0, tracker.sent(0))
    for _ in 0..<3 { tracker.enter(0, []) }
    for _ in 0..<4 { tracker.receive(tracker.leave(0)) }
    #expect(abs(tracker.entropy[0] - 2) < 1e-12)
    #expect(abs(tracker.received[0] - 1) < 1e-12)
    #expect(abs(tracker.largest[0] - 0.25) < 1e-12)
    #expect(tracker.count(0) == 0)
  }

  /// A mix of one packet hides nothing, and two mixes of two packets each make two bits.
  @Test func emptyPoolsHideNothing() {
    var tracker = MassTracker(mixes: 3, targets: 2)
    tracker.enter(0, tracker.sent(0))
    let alone = tracker.leave(0)
    #expect(alone == [1, 0])
    tracker.enter(1, tracker.sent(1))
    tracker.enter(1, [])
    for _ in 0..<2 {
      let mass = tracker.leave(1)
      tracker.enter(2, mass)
      tracker.enter(2, [])
      for _ in 0..<2 { tracker.receive(tracker.leave(2)) }
    }
    #expect(abs(tracker.entropy[1] - 2) < 1e-12)
    #expect(tracker.entropy[0] == 0)
  }

  /// Whatever comes and goes: no mass is made or lost, for any target.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func massIsConserved(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var tracker = MassTracker(mixes: 4, targets: 3)
    var underWay: [MassTracker.Mass] = (0..<3).map { tracker.sent($0) }
    for _ in 0..<5_000 {
      let mix = Int(random.below(4))
      switch random.below(6) {
      case 0: tracker.enter(mix, underWay.popLast() ?? [])
      case 1: tracker.enter(mix, [])
      case 2: underWay.append(tracker.leave(mix))
      case 3 where tracker.count(mix) > 0: tracker.receive(tracker.leave(mix))
      default: break
      }
    }
    for target in 0..<3 {
      let onLinks = underWay.reduce(0) { $0 + ($1.isEmpty ? 0 : $1[target]) }
      #expect(abs(tracker.received[target] + tracker.held(target) + onLinks - 1) < 1e-9)
    }
  }
}

struct MixFormulaTests {
  /// The entropy of Gamma distributions of mean 1 s a layer, from tables.
  @Test(arguments: zip(1...5, [1.4427, 2.2754, 2.6655, 2.9192, 3.1070])) func tables(_ layers: Int, _ bits: Double) {
    #expect(abs(MixFormula.bits(rate: 1, layers: layers, mean: 1) - bits) < 1e-4)
  }

  /// Twice the traffic is a bit more, and so is twice the delay.
  @Test func doubling() {
    let one = MixFormula.bits(rate: 100, layers: 3, mean: 1)
    #expect(abs(MixFormula.bits(rate: 200, layers: 3, mean: 1) - one - 1) < 1e-12)
    #expect(abs(MixFormula.bits(rate: 100, layers: 3, mean: 2) - one - 1) < 1e-12)
    #expect(abs(one - 9.309) < 1e-3)
  }
}
