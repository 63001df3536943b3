import MixNet
import OrderedJSON
import Testing

@testable import HearsaySim

/// Someone who sees all links, and who sent what a mix publishes to a cluster.
struct PublishTests {
  private func settings(_ change: (inout PublishSettings) -> Void = { _ in }) -> PublishSettings {
    var settings = PublishSettings()
    settings.network.crypto = .stub
    settings.network.targets = 300
    change(&settings)
    return settings
  }

  private func run(_ settings: PublishSettings) -> (run: PublishRun, summary: SightingsSummary) {
    let run = PublishRun(settings)
    run.run()
    return (run, SightingsSummary(run.sightings, senderOf: run.senderOf))
  }

  /// What every run must show: each message comes to each member once, and what the observer says is right. Its mean probability for the true
  /// sender is the one that it expects to have, and to be told the sender is worth as many bits as it says that it lacks.
  private func expectRight(_ run: PublishRun, _ summary: SightingsSummary) {
    #expect(run.failures.isEmpty)
    #expect(run.sightings.count == run.settings.messages)
    let expected = run.senderOf.count * run.audience.readers.count
    #expect(run.audience.readers.count == run.settings.network.width + run.settings.members)
    #expect(run.deliveries == .init(once: expected, missing: 0, repeated: 0))
    #expect(summary.sumError < 1e-9)
    #expect(summary.standardError > 0)
    #expect(abs(summary.deviation) < 4, "\(summary.probability) \(summary.expected) \(summary.standardError)")
    #expect(abs(summary.surprise - summary.mean) < 0.15, "\(summary.surprise) \(summary.mean)")
    #expect(abs(summary.guessed - summary.guessExpected) < 0.1, "\(summary.guessed) \(summary.guessExpected)")
  }

  /// Where pools are full nearly all of what there is to hide is hidden.
  @Test func fullPoolsHideTheSender() {
    let (run, summary) = run(settings())
    expectRight(run, summary)
    #expect(summary.mean > run.settings.mostBits - 0.25 && summary.mean < run.settings.mostBits, "\(summary.mean)")
    #expect(summary.least > 3.5, "\(summary.least)")
    #expect(summary.probability < 0.07)
  }

  /// Where little is said little is hidden, and the observer knows it: it is not weak.
  @Test func emptyPoolsShowTheSender() {
    let (run, summary) = run(settings { ($0.network.rate, $0.network.meanDelay) = (5, .ms(100)) })
    expectRight(run, summary)
    #expect(summary.mean < 1 && summary.mean > 0.2, "\(summary.mean)")
    #expect(summary.guessed > 0.7, "\(summary.guessed)")
    #expect(summary.least == 0)
  }

  /// The real format hides as much as the stand-in, and what mixes send of their own is left aside by an observer who is told of it.
  @Test(arguments: [(CryptoKind.real, 0), (.stub, 20)]) func otherNetworks(_ crypto: CryptoKind, _ cover: Int) {
    let change = { (settings: inout PublishSettings) in
      (settings.network.rate, settings.network.meanDelay, settings.network.targets) = (10, .ms(500), 200)
    }
    let (_, bare) = run(settings(change))
    let (run, summary) = run(
      settings {
        change(&$0)
        ($0.network.crypto, $0.network.coverPerSecond) = (crypto, cover)
      })
    expectRight(run, summary)
    #expect(abs(summary.mean - bare.mean) < 0.3, "\(summary.mean) \(bare.mean)")
    if cover > 0 { #expect(run.observer.links.made > 1_000) }
  }

  /// A user whose own node publishes is known at the first push, whether messages name their origin or not.
  @Test(arguments: [true, false]) func withoutAMixTheSenderIsKnown(_ namesOrigin: Bool) {
    let own = OwnNodeRun(
      settings {
        ($0.senders, $0.network.targets) = (12, 100)
        $0.namesOrigin = namesOrigin
      })
    own.run()
    let summary = SightingsSummary(own.observer.sightings, senderOf: own.senderOf)
    #expect(own.failures.isEmpty)
    #expect(own.deliveries == .init(once: 1_200, missing: 0, repeated: 0))
    #expect(summary.entropies.count == 100 && summary.entropies.allSatisfy { $0 == 0 })
    #expect(summary.probability == 1 && summary.guessed == 1)
  }

  /// The words of a report make it again, and it says the same twice; another seed says something else.
  @Test func wordsAndSeeds() throws {
    let small = settings { ($0.senders, $0.members, $0.network.targets, $0.network.meanDelay) = (5, 2, 40, .ms(200)) }
    let report = PublishReport(small)
    #expect(report.isGood, "\(report.text)")
    var out: [String] = []
    let words = small.words.split(separator: " ").map(String.init)
    for words in [words + ["--json"], words] {
      #expect(HearsaySimProgram.run(words, program: "", out: { out.append($0) }, note: { _ in }) == 0)
    }
    #expect(out == [report.json.line, report.text])
    var other = small
    other.network.seed = 2
    #expect(PublishReport(other).mixed.hash != report.mixed.hash)
  }

  @Test(arguments: ["--senders 1", "--senders x", "--width 1 --members 0", "--cover 7", "--rate 0", "more"])
  func wrongWordsEndWithTwo(_ words: String) {
    var notes: [String] = []
    let all = ["anonymity", "publish"] + words.split(separator: " ").map(String.init)
    #expect(HearsaySimProgram.run(all, program: "", out: { _ in }, note: { notes.append($0) }) == 2)
    #expect(notes.count == 1)
  }
}
