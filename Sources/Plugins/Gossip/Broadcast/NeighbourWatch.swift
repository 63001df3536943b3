package import MixNet

/// Whether neighbours pass on what they have. Who takes messages and keeps them to himself is found out by what he does not say.
///
/// Some messages of the last while are watched. Three things speak against a neighbour:
/// - it has said that it gets an origin's messages elsewhere (pruned), and then does not announce them, as each end of such a link does;
/// - it is asked for messages that it has announced, and sends nothing;
/// - it has never been the first to speak of any message, of many origins. An honest node that hears of everything here first does the same, so this
///   does not count against one that has this node for an anchor, or is one.
///
/// An honest node may stand still, be slow, or lose a frame in ten. So nobody is found guilty before it has answered a question: what it did before
/// comes first on a link, and a while is left for what it gets elsewhere. Who does not answer at all is of no use, but not guilty.
package struct NeighbourWatch: Sendable {
  /// What is to be done about a neighbour.
  package enum Verdict: Hashable, Sendable {
    case fine
    /// Ask it whether it is there, with this number.
    case ask(UInt32)
    /// It does not answer: another one would be of more use.
    case useless
    /// It keeps messages to itself.
    case withholds
  }

  /// A message that is watched.
  private struct Sample: Sendable {
    let id: Bytes16
    let origin: UInt64
    let came: Instant
    /// Neighbours that have to announce it.
    var owing: Slots
    /// Those that spoke of it, before or after it came.
    var spoke: Slots
  }

  /// A message that a neighbour was asked for.
  private struct Promise: Sendable {
    let id: Bytes16
    let slot: Slot
    let asked: Instant
    var isKept = false
  }

  private struct Neighbour: Sendable {
    var since = Instant.never
    var number: UInt32 = 0
    var asked: Instant?
    var answered: Instant?
  }

  package let settings: WatchSettings
  private var samples: [Sample] = []
  private var promises: [Promise] = []
  private var nextSample = 0
  private var nextPromise = 0
  /// No `InlineArray`: all of it would be copied for a look at one.
  private var neighbours = [Neighbour](repeating: Neighbour(), count: Slots.count)
  private var sampled = Instant.zero
  /// Numbers of questions, apart from those that health is asked with.
  private var numbers: UInt32 = 1 << 31

  /// With all of its memory: a few kilobytes.
  package init(_ settings: WatchSettings = WatchSettings()) {
    self.settings = settings
    if settings.isOn {
      samples.reserveCapacity(settings.samplesMax)
      promises.reserveCapacity(settings.promisesMax)
    }
  }

  // MARK: What neighbours do

  package mutating func came(_ slot: Slot, now: Instant) {
    guard 0..<Slots.count ~= slot else { return }
    forget(slot)
    neighbours[slot].since = now
  }

  package mutating func went(_ slot: Slot) {
    guard 0..<Slots.count ~= slot else { return }
    forget(slot)
  }

  private mutating func forget(_ slot: Slot) {
    neighbours[slot] = Neighbour()
    for place in samples.indices {
      samples[place].owing.remove(slot)
      samples[place].spoke.remove(slot)
    }
    promises.removeAll { $0.slot == slot }
    nextPromise = 0
  }

  /// A message is news here. `owing`: neighbours that hear of the origin's messages elsewhere; `spoke`: those that have spoken of it.
  package mutating func accepted(_ id: Bytes16, origin: UInt64, owing: Slots, spoke: Slots, now: Instant) {
    guard settings.isOn, now - sampled >= settings.samplePause else { return }
    // Other origins come first: messages that come in turn would else be watched of some of them only.
    guard now - sampled >= settings.samplePause * 2 || !isLate(origin) else { return }
    sampled = now
    let sample = Sample(id: id, origin: origin, came: now, owing: owing, spoke: spoke)
    if samples.count < settings.samplesMax {
      samples.append(sample)
    } else {
      samples[nextSample] = sample
      nextSample = (nextSample + 1) % samples.count
    }
  }

  /// Whether one of the latest messages that are watched is of this origin.
  private func isLate(_ origin: UInt64) -> Bool {
    let count = min(samples.count, settings.silentMin)
    let end = samples.count < settings.samplesMax ? samples.count : nextSample + samples.count
    return (end - count..<end).contains { samples[$0 % samples.count].origin == origin }
  }

  /// A neighbour has a message, and has said so.
  package mutating func spoke(_ id: Bytes16, _ slot: Slot) {
    guard let place = samples.firstIndex(where: { $0.id == id }) else { return }
    samples[place].spoke.insert(slot)
  }

  /// A neighbour asks for a message: it need not announce what it did not have.
  package mutating func lacked(_ id: Bytes16, _ slot: Slot) {
    guard let place = samples.firstIndex(where: { $0.id == id }) else { return }
    samples[place].owing.remove(slot)
  }

  /// A neighbour is asked for a message that it has announced.
  package mutating func asked(_ id: Bytes16, _ slot: Slot, now: Instant) {
    guard settings.isOn else { return }
    let promise = Promise(id: id, slot: slot, asked: now)
    if promises.count < settings.promisesMax {
      promises.append(promise)
    } else {
      promises[nextPromise] = promise
      nextPromise = (nextPromise + 1) % promises.count
    }
  }

  /// It sends it, or says why not.
  package mutating func kept(_ id: Bytes16, _ slot: Slot) {
    for place in promises.indices where promises[place].slot == slot && promises[place].id == id {
      promises[place].isKept = true
    }
  }

  /// A neighbour answers the question whether it is there.
  package mutating func answered(_ number: UInt32, _ slot: Slot, now: Instant) {
    guard 0..<Slots.count ~= slot, neighbours[slot].asked != nil, neighbours[slot].number == number else { return }
    neighbours[slot].answered = now
  }

  // MARK: What that comes to

  /// What is to be done about a neighbour now; asked about once a second. `isBound`: one of the two is the other's anchor.
  package mutating func verdict(on slot: Slot, isBound: Bool, now: Instant) -> Verdict {
    guard settings.isOn, 0..<Slots.count ~= slot, now - neighbours[slot].since >= settings.window else { return .fine }
    guard speaksAgainst(slot, isBound, now) else {
      (neighbours[slot].asked, neighbours[slot].answered) = (nil, nil)
      return .fine
    }
    if let answered = neighbours[slot].answered {
      return now - answered >= settings.patience ? .withholds : .fine
    }
    if let asked = neighbours[slot].asked {
      return now - asked >= settings.answerMax ? .useless : .fine
    }
    numbers &+= 1
    (neighbours[slot].asked, neighbours[slot].number) = (now, numbers)
    return .ask(numbers)
  }

  private func speaksAgainst(_ slot: Slot, _ isBound: Bool, _ now: Instant) -> Bool {
    withholds(slot, now) || breaksPromises(slot, now) || (!isBound && isSilent(slot, now))
  }

  /// Whether a message counts: it came while the neighbour was one, long enough ago to have come there as well, and not too long ago.
  private func counts(_ time: Instant, _ slot: Slot, _ now: Instant) -> Bool {
    time >= neighbours[slot].since + settings.patience && settings.patience...settings.memory ~= now - time
  }

  private func withholds(_ slot: Slot, _ now: Instant) -> Bool {
    var (owed, paid) = (0, 0)
    for sample in samples where sample.owing.contains(slot) && counts(sample.came, slot, now) {
      owed += 1
      if sample.spoke.contains(slot) { paid += 1 }
    }
    return owed >= settings.owedMin && paid * 4 < owed
  }

  private func breaksPromises(_ slot: Slot, _ now: Instant) -> Bool {
    var (asked, kept) = (0, 0)
    for promise in promises where promise.slot == slot && counts(promise.asked, slot, now) {
      asked += 1
      if promise.isKept { kept += 1 }
    }
    return asked >= settings.promisesMin && kept * 4 < asked
  }

  private func isSilent(_ slot: Slot, _ now: Instant) -> Bool {
    var count = 0
    var origins: Set<UInt64> = []
    for sample in samples where counts(sample.came, slot, now) {
      if sample.spoke.contains(slot) { return false }
      count += 1
      origins.insert(sample.origin)
    }
    return count >= settings.silentMin && origins.count >= settings.silentOrigins
  }
}

/// The bounds of a ``NeighbourWatch``.
package struct WatchSettings: Sendable {
  /// Off where nodes differ in what messages they take: who ignores a message says nothing of it.
  package var isOn = true
  /// How long a neighbour is one before it is judged.
  package var window = Nanos.s(20)
  /// The time that a message may take to come to a neighbour and the word of it to come back.
  package var patience = Nanos.s(3)
  /// Messages and promises that are older do not count.
  package var memory = Nanos.s(32)
  /// Between two messages that are watched; so many are remembered.
  package var samplePause = Nanos.ms(400)
  package var samplesMax = 64
  package var promisesMax = 64
  /// How long an answer may take: longer than a machine stands still as a rule.
  package var answerMax = Nanos.s(30)
  /// The least that can speak against a neighbour: announcements that are missing, questions without an answer, messages of which it did
  /// not speak, and their origins.
  package var owedMin = 12
  package var promisesMin = 6
  package var silentMin = 24
  package var silentOrigins = 16

  package init() {}
}
