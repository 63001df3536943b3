import MixNet
import Testing

@testable import HearsaySim

/// Two senders told apart, in the set-up of the Loopix paper.
struct EpsilonTests {
  /// 100 users, two messages a second each, 3 layers of 3 mixes, a burn-in of ten mean paths: where a user sends two messages in the
  /// mean delay of a mix, epsilon is between 0.10 and 0.20. The paper repeats 100 times with one pair; here are 8 networks of 50
  /// pairs.
  @Test func twoMessagesInAMeanDelayAreEnough() throws {
    let measure = EpsilonMeasure(seconds: 40)
    #expect(measure.lambdaOverMu == 2)
    #expect(measure.settings.burnIn == .s(30))
    let report = try #require(EpsilonReport(measure, repetitions: 8))
    #expect(report.pairs == 400)
    #expect(report.infinite == 0)
    #expect(report.mean > 0.10, "\(report)")
    #expect(report.mean < 0.20, "\(report)")
    #expect(report.error < 0.02, "\(report)")
  }

  /// Fewer layers and shorter delays tell more.
  @Test func shorterWaysTellMore() throws {
    let usual = try #require(EpsilonReport(EpsilonMeasure(seconds: 20), repetitions: 1))
    let oneLayer = try #require(EpsilonReport(EpsilonMeasure(layers: 1, seconds: 10), repetitions: 1))
    let half = try #require(EpsilonReport(EpsilonMeasure(meanDelay: .ms(500), seconds: 10), repetitions: 1))
    #expect(oneLayer.mean > 1)
    #expect(half.mean > usual.mean + 0.1)
  }

  /// A user has a message a second to send, and never sends one that is not there yet.
  @Test func buffersFillOnceASecond() {
    var settings = AnonymitySettings()
    settings.users = 2
    let start = Instant.zero + .s(10)
    let book = ChallengeBook(settings, from: start)
    #expect((0..<100).count { _ in book.draw(start) != nil } == 2)
    var sent = [0, 0]
    for tick in 0..<1_000 {
      if let user = book.draw(start + .s(5) + .us(UInt64(tick))) { sent[user] += 1 }
    }
    // Six by then, and one of them at the start.
    #expect(sent == [5, 5])
    let early = ChallengeBook(settings, from: start)
    #expect((0..<100).allSatisfy { _ in early.draw(.zero) == nil })
  }
}
