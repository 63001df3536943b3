import MixNet
import Testing

@testable import HearsaySim

/// All but one packet are kept from a mix.
struct BlockingTests {
  private func attack(cover: Int) -> BlockingReport {
    var settings = AnonymitySettings(rate: 60, width: 3, meanDelay: .ms(100), targets: 60, crypto: .stub)
    settings.coverPerSecond = cover
    return BlockingRun(settings).attack()
  }

  /// Without cover the attacker knows which packet is the target, and nobody notices; what is left is what the mixes behind hide.
  @Test("fault 28: without cover an n-1 attack on a mix leaves nothing of what the mix hides")
  func withoutCoverTheMixHidesNothing() {
    let report = attack(cover: 0)
    #expect(report.failures.isEmpty)
    #expect(report.targets == 60)
    #expect(report.linkBits == 0)
    #expect(report.entropy > 1)
    #expect(report.alarm == nil)
  }

  /// With cover a target leaves among the mix's own packets, and the mix notices within 30 s.
  @Test("fault 28: with cover a target leaves among the mix's own packets, and the attack is noticed")
  func withCoverTheTargetIsAmongOthers() throws {
    let report = attack(cover: 40)
    #expect(report.failures.isEmpty)
    #expect(report.targets == 60)
    #expect(report.linkBits > 1.5)
    // What the observer says that it does not know is what it does not know.
    #expect(abs(report.linkBits - report.linkSurprise) < 0.5, "\(report.text)")
    let alarm = try #require(report.alarm)
    #expect(alarm <= .s(30))
  }

  /// A departure is as likely the target as its delay is.
  @Test func departuresWeighAsTheirDelays() throws {
    var watch = MixWatch(mix: 1, mean: .ms(100))
    watch.enters(0, 7, .zero)
    watch.leaves(1, 7, .zero)
    #expect(watch.bits.isEmpty)
    watch.enters(1, 7, .zero)
    watch.leaves(1, 7, .zero + .ms(50))
    watch.leaves(1, nil, .zero + .ms(50))
    watch.leaves(2, nil, .zero + .ms(50))
    #expect(abs(watch.bits[0].entropy - 1) < 1e-12)
    #expect(abs(watch.bits[0].surprise - 1) < 1e-12)
    // Ten mean delays later it hardly counts.
    watch.leaves(1, nil, .zero + .ms(1_050))
    let later = try #require(watch.bits.first)
    #expect(later.entropy > 1)
    #expect(later.entropy < 1.01)
  }
}
