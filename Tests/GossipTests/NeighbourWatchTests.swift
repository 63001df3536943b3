import Gossip
import MixNet
import Testing

/// What a neighbour does with messages, and what is thought of it.
@Suite struct NeighbourWatchTests {
  private static let second = Nanos.s(1)

  private func id(_ number: Int) -> Bytes16 { Bytes16(words: [UInt64(number), 7]) }

  /// Watches one neighbour for a while, a message a second of `origins` origins in turn; it is asked and answers, from some second on.
  private func verdict(
    seconds: Int = 40, origins: Int = 1, isBound: Bool = false, owes: Bool = true, answersFrom: Int = 0,
    _ each: (inout NeighbourWatch, Int, Instant) -> Void = { _, _, _ in }
  ) -> (last: NeighbourWatch.Verdict, all: Set<NeighbourWatch.Verdict>) {
    var watch = NeighbourWatch()
    var now = Instant(ns: 5_000_000_000)
    watch.came(0, now: now)
    var last = NeighbourWatch.Verdict.fine
    var all: Set<NeighbourWatch.Verdict> = []
    var asked: UInt32?
    for number in 0..<seconds {
      let owing = owes ? Slots([0]) : Slots()
      watch.accepted(id(number), origin: UInt64(number % origins), owing: owing, spoke: Slots([3]), now: now)
      each(&watch, number, now)
      last = watch.verdict(on: 0, isBound: isBound, now: now)
      if case .ask(let word) = last { asked = word }
      if number >= answersFrom, let word = asked.take() { watch.answered(word, 0, now: now) }
      if case .ask = last { all.insert(.ask(0)) } else { all.insert(last) }
      now = now + Self.second
    }
    return (last, all)
  }

  @Test func whoAnnouncesIsFine() {
    let outcome = verdict { watch, number, _ in watch.spoke(id(number), 0) }
    #expect(outcome.all == [.fine])
  }

  @Test func whoPrunesAndAnnouncesNothingWithholds() {
    let outcome = verdict()
    #expect(outcome.last == .withholds)
    #expect(outcome.all.contains(.ask(0)))
  }

  /// One word in four is enough: a network that loses more is of no use anyway.
  @Test func whoLosesWordsIsFine() {
    let outcome = verdict { watch, number, _ in if number % 3 == 0 { watch.spoke(id(number), 0) } }
    #expect(outcome.all == [.fine])
  }

  /// It says nothing for half a minute, and then all at once, before anybody has judged.
  @Test func whoStoodStillIsFine() {
    let outcome = verdict(answersFrom: 25) { watch, number, _ in
      if number == 25 { for missed in 0...25 { watch.spoke(id(missed), 0) } }
      if number > 25 { watch.spoke(id(number), 0) }
    }
    #expect(!outcome.all.contains(.withholds))
    #expect(outcome.last == .fine)
  }

  @Test func whoDoesNotAnswerIsOfNoUseButNotGuilty() {
    let outcome = verdict(seconds: 70, answersFrom: .max)
    #expect(outcome.all.contains(.useless))
    #expect(!outcome.all.contains(.withholds))
  }

  /// It had asked for the messages, so it did not have them.
  @Test func whoLackedThemOwesNothing() {
    let outcome = verdict { watch, number, _ in watch.lacked(id(number), 0) }
    #expect(outcome.all == [.fine])
  }

  @Test func whoBreaksPromisesWithholds() {
    let broken = verdict(owes: false) { watch, number, now in watch.asked(id(number), 0, now: now) }
    #expect(broken.last == .withholds)
    let kept = verdict(owes: false) { watch, number, now in
      watch.asked(id(number), 0, now: now)
      if number % 2 == 0 { watch.kept(id(number), 0) }
    }
    #expect(kept.all == [.fine])
  }

  /// An honest node that hears of all from here is silent, too: with one origin that is the rule.
  @Test func whoIsSilentOfManyOriginsWithholds() {
    #expect(verdict(origins: 30, owes: false).last == .withholds)
    #expect(verdict(origins: 5, owes: false).all == [.fine])
    #expect(verdict(origins: 30, isBound: true, owes: false).all == [.fine])
  }

  @Test func whoIsNewIsNotJudged() {
    #expect(verdict(seconds: 20).all == [.fine])
  }

  @Test func whatIsOffJudgesNobody() {
    var settings = WatchSettings()
    settings.isOn = false
    var watch = NeighbourWatch(settings)
    watch.came(0, now: .zero)
    for number in 0..<40 {
      let now = Instant(ns: UInt64(number) * 1_000_000_000)
      watch.accepted(id(number), origin: 1, owing: Slots([0]), spoke: Slots(), now: now)
      let verdict = watch.verdict(on: 0, isBound: false, now: now)
      #expect(verdict == .fine)
    }
  }
}
