import Foundation
import MixNet
import Testing

@testable import VRFDelay

/// The laws' quantiles against their closed forms, on the delays that a node would give.
@Suite struct LawTests {
  static let count = 100_000

  /// The delays of many packets in milliseconds, in order of size.
  static func delays(_ law: DelayLaw, epoch: UInt64) throws -> [Double] {
    let name = EpochName(chain: "mix", seconds: 600, number: epoch)
    let secret = try #require(EpochSecret(.test(1), name))
    let delays = EpochDelays(secret.output, law)
    var random = RandomStream(seed: Seed(epoch))
    var found: [Double] = []
    for _ in 0..<count {
      let id = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
      found.append(Double(delays.delay(of: id).ns) / 1e6)
    }
    return found.sorted()
  }

  static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  /// The largest distance between the samples' distribution and `law`'s, times the root of their number (Kolmogorov and
  /// Smirnov); above 1.95 in one of a thousand cases.
  static func distance(_ sorted: [Double], from law: (Double) -> Double) -> Double {
    let n = Double(sorted.count)
    let gaps = sorted.enumerated().map { i, x in max(law(x) - Double(i) / n, Double(i + 1) / n - law(x)) }
    return (gaps.max() ?? 0) * n.squareRoot()
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func exponential(_ epoch: UInt64) throws {
    let delays = try Self.delays(DelayLaw(.exponential, mean: .ms(50), max: .s(10)), epoch: epoch)
    let (mean, variance) = Self.moments(delays)
    // Five standard errors: of the mean 50 / sqrt(n), of the variance 2500 sqrt(8 / n).
    #expect(abs(mean - 50) < 0.8)
    #expect(abs(variance - 2_500) < 112)
    #expect(Self.distance(delays) { 1 - exp(-$0 / 50) } < 1.95)
    #expect(Self.distance(delays) { 1 - exp(-$0 / 51) } > 1.95)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func uniform(_ epoch: UInt64) throws {
    let delays = try Self.delays(DelayLaw(.uniform, mean: .ms(50), max: .s(10)), epoch: epoch)
    let (mean, variance) = Self.moments(delays)
    #expect(abs(mean - 50) < 0.5)
    #expect(abs(variance - 10_000 / 12) < 12)
    #expect(Self.distance(delays) { min(max($0 / 100, 0), 1) } < 1.95)
    #expect(delays.first.map { $0 >= 0 } == true && delays.last.map { $0 < 100 } == true)
  }

  @Test func constant() throws {
    let delays = try Self.delays(DelayLaw(.constant, mean: .ms(50), max: .s(10)), epoch: 1)
    #expect(delays.first == 50 && delays.last == 50)
  }

  /// What would be longer is so long, as often as the law says.
  @Test func noDelayIsLonger() throws {
    for kind in DelayLaw.Kind.allCases {
      let delays = try Self.delays(DelayLaw(kind, mean: .ms(50), max: .ms(60)), epoch: 5)
      #expect(delays.last.map { $0 <= 60 } == true)
      let capped = Double(delays.filter { $0 == 60 }.count) / Double(Self.count)
      let expected = kind == .exponential ? exp(-60.0 / 50) : kind == .uniform ? 0.4 : 0
      #expect(abs(capped - expected) < 0.01)
    }
    let law = DelayLaw(.exponential, mean: .s(3_600), max: .s(3_600))
    #expect(law.delay(ofUniform: 0) == .s(3_600) && law.delay(ofUniform: .max) == .zero)
    #expect(DelayLaw(.exponential, mean: .zero, max: .ms(1)).delay(ofUniform: 0) == .zero)
    #expect(DelayLaw(.uniform, mean: .zero, max: .ms(1)).delay(ofUniform: .max) == .zero)
  }

  /// A packet's delays in two epochs, and two packets' delays in one, have nothing to do with each other.
  @Test func delaysAreIndependent() throws {
    let law = DelayLaw(.uniform, mean: .ms(50), max: .s(10))
    let epochs = try (1...2 as ClosedRange<UInt64>).map { number in
      try #require(EpochSecret(.test(1), EpochName(chain: "mix", seconds: 600, number: number))).output
    }
    var sums = (across: 0.0, along: 0.0)
    let first = EpochDelays(epochs[0], law)
    let second = EpochDelays(epochs[1], law)
    for number in 0..<UInt64(Self.count) {
      func centred(_ delays: borrowing EpochDelays, _ number: UInt64) -> Double {
        Double(delays.delay(of: Bytes32(words: [number, 0, 0, 0])).ns) / 1e6 - 50
      }
      let x = centred(first, number)
      sums.across += x * centred(second, number)
      sums.along += x * centred(first, number + 1)
    }
    // The mean of the products, in units of the variance; its standard error is 1 / sqrt(n) = 0.003.
    #expect(abs(sums.across / Double(Self.count) / (10_000 / 12)) < 0.016)
    #expect(abs(sums.along / Double(Self.count) / (10_000 / 12)) < 0.016)
  }

  /// The delays are part of what nodes and auditors must compute alike: they may not change unnoticed.
  @Test func theDelaysAreTheSameEverywhere() throws {
    let key = try #require(VRFSecretKey.of([UInt8](0..<32)))
    let epoch = EpochName(chain: "mix", seconds: 600, number: 2_916_666)
    let domain = "hearsay vrf_delay epoch"
    #expect(Hex.text(epoch.input) == Hex.text(Array(domain.utf8)) + "00036d697800000258" + "00000000002c813a")
    let output = try #require(EpochSecret(key, epoch)).output
    let ids = [Bytes32(words: [1, 2, 3, 4]), Fingerprint.of("a packet")]
    let found = DelayLaw.Kind.allCases.map { kind in
      let delays = EpochDelays(output, DelayLaw(kind, mean: .ms(50), max: .s(10)))
      return ids.map { delays.delay(of: $0).ns }
    }
    // By another implementation of all of it; its logarithms give 36,939,285.6 and 102,547,649.3.
    #expect(found == [[36_939_299, 102_547_735], [47_769_362, 12_861_227], [50_000_000, 50_000_000]])
    #expect(Hex.text(Array(output.bytes.prefix(8))) == "e3b69626c9ad3131")
  }
}
