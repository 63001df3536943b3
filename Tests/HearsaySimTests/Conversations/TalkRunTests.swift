import MixNet
import OrderedJSON
import SimNet
import Testing

@testable import HearsaySim

/// Nodes of whole networks talk.
@Suite struct TalkRunTests {
  private func run(
    _ seed: UInt64, _ faults: RunSettings.Faults, pairs: Int?, heal: Healing? = nil, without: [FaultFamily] = []
  ) -> Outcome {
    var settings = RunSettings(seed: seed, nodes: 6, seconds: 12, faults: faults, heal: heal, crypto: .stub)
    (settings.conversations, settings.without) = (pairs, without)
    return SimRun(settings).run()
  }

  @Test func inAQuietWorldAllOfItComes() {
    let outcome = run(1, .named([]), pairs: 3)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    let counts = outcome.conversations
    #expect(counts.pairs == 3 && counts.streams > 10 && counts.restarts == 0 && counts.damaged == 0)
    #expect(counts.sent > 100 && counts.confirmed + counts.unconfirmed == counts.sent)
    #expect(counts.delivered > counts.sent * 9 / 10 && counts.lossyDelivered > 0 && counts.controlDelivered > 0)
  }

  @Test(arguments: 1...6)
  func throughFaultsItIsToldWhatIsLost(_ seed: UInt64) {
    let outcome = run(seed, .usual, pairs: 4, heal: seed % 2 == 0 ? .core : .whole, without: [.flip])
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.conversations.sent > 100)
  }

  @Test func crashesAreHeardOf() {
    let outcomes = (1...4).map { run($0, .named([.crash, .power, .wipe, .close]), pairs: 4) }
    #expect(outcomes.allSatisfy { $0.violations.isEmpty }, "\(outcomes.map(\.text))")
    #expect(outcomes.contains { $0.conversations.restarts > 0 && $0.conversations.unconfirmed > 0 })
  }

  /// A pair that was struck by a flipped bit is known, and the others are still held to the rule.
  @Test func flippedBitsAreSeen() {
    var settings = RunSettings(seed: 2, nodes: 6, seconds: 12, faults: .named([.flip]), crypto: .stub)
    settings.conversations = 4
    let run = SimRun(settings)
    run.world.faults[.flip] = .percent(1)
    let outcome = run.run()
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect((1...4).contains(outcome.conversations.damaged))
  }

  /// Who talks changes nothing where nobody does, and the words say it.
  @Test func withoutConversationsNothingIsDifferent() {
    let (none, usual) = (run(5, .usual, pairs: 0), run(5, .usual, pairs: nil))
    #expect(none.hashText == usual.hashText)
    #expect(none.settings.words.contains("--conversations none") && none.conversations.streams == 0)
    let some = run(5, .usual, pairs: 2)
    #expect(some.hashText != none.hashText && some.settings.words.contains("--conversations 2"))
    #expect(some.text.contains("talk       2 pairs"))
    guard case .object(let fields) = some.json, let field = fields.first(where: { $0.0 == "conversations" }),
      case .object(let talk) = field.1
    else { return #expect(Bool(false)) }
    #expect(
      talk.map(\.0) == [
        "pairs", "streams", "sent", "confirmed", "unconfirmed", "delivered", "lossy", "lossy_lost", "control",
        "control_lost", "restarts", "forgotten", "damaged_pairs",
      ])
  }

  @Test func theSwarmDrawsWhoTalks() {
    let drawn = (1...40).map { RunSettings(seed: $0, faults: .swarm).talkPairs }
    #expect(Set(drawn) == [0, 1, 2, 3, 4])
    #expect((10...30).contains(drawn.count { $0 == 0 }))
    #expect(RunSettings(seed: 1, faults: .usual).talkPairs == 0)
    let plans = (1...20).map { TalkPlan(pairs: 5, among: 8, SimSeed($0)) }
    for plan in plans {
      #expect(plan.pairs.count == 5 && Set(plan.pairs.map(\.nodes)).count == 5)
      #expect(plan.pairs.allSatisfy { $0.nodes[0] < $0.nodes[1] && $0.nodes[1] < 8 })
    }
    #expect(Set(plans.flatMap { $0.pairs.map(\.diallers.count) }) == [1, 2])
    // There are no more than three pairs of three nodes.
    #expect(TalkPlan(pairs: 9, among: 3, SimSeed(1)).pairs.count == 3)
  }

  @Test(arguments: ["0", "61", "some", "-1"])
  func wrongWordsAreRefused(_ word: String) {
    var notes: [String] = []
    let words = ["run", "--seed", "1", "--conversations", word]
    #expect(HearsaySimProgram.run(words, program: simulator, out: { _ in }, note: { notes.append($0) }) == 2)
    #expect(notes.first?.contains("--conversations") == true)
  }

  @Test func conversationsThatDoNotMatterAreLeftOut() throws {
    var first = RunSettings(seed: 3, nodes: 6, seconds: 16, faults: .usual, crypto: .stub)
    first.conversations = 4
    func shrink(_ isBroken: @escaping (RunSettings) -> Bool) -> RunSettings? {
      let run = { (settings: RunSettings) in isBroken(settings) ? [Violation(oracle: "test", what: "")] : [] }
      return Shrinker(run: run, note: { _ in }).shrink(first)?.settings
    }
    #expect(try #require(shrink { _ in true }).conversations == 0)
    #expect(try #require(shrink { $0.talkPairs > 0 }).conversations == 1)
  }
}
