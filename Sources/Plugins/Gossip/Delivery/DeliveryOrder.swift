package import MixNet

/// Hands on each origin's messages in the order of their numbers, where an application wants that.
///
/// What comes early waits for what lacks before it, for so long at most; then it goes without. What comes after that is late, and goes on at
/// once, out of order or not at all, as the application chose. An origin of which nothing was heard yet may have sent
/// more before: unless its first message has the number 1, it waits as for one that lacks. A new epoch begins anew, after what is left of
/// the old one.
package struct DeliveryOrder<Message: Sendable>: Sendable {
  package struct Settings: Sendable {
    /// How long a message waits for those before it.
    package var wait = Nanos.s(2)
    /// Messages that wait in all; with more, the origin that has most goes on without what it lacks.
    package var heldMax = 1_024
    /// Origins whose numbers are remembered.
    package var originsMax = 4_096
    /// Whether what comes too late is handed on.
    package var handsOnLate = false

    package init() {}
  }

  private struct Origin: Sendable {
    /// The last that was handed on; the number 0 of an epoch is before its first.
    var epoch: UInt64
    var last: UInt64?
    /// In the order of their numbers.
    var held: [HeldMessages<Message>.Place] = []
    var heard: Instant
  }

  package let settings: Settings
  private var origins: [Origin] = []
  private var keys: [UInt64] = []
  private var places: [UInt64: Int] = [:]
  private var held = HeldMessages<Message>()
  /// Messages that came too late to be in order, and times that an origin went on without some.
  package private(set) var late = 0
  package private(set) var skipped = 0

  package init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Messages that wait.
  package var count: Int { held.count }

  /// When something is handed on by itself.
  package var next: Instant { held.first.map { $0.since + settings.wait } ?? .never }

  /// A message that came once: appends to `out` what can be handed on now.
  package mutating func take(
    _ message: Message, origin: UInt64, epoch: UInt64, number: UInt64, now: Instant, _ out: inout [Message]
  ) {
    let place = place(of: origin, epoch, now, &out)
    origins[place].heard = now
    let isLate = epoch < origins[place].epoch || epoch == origins[place].epoch && number <= origins[place].last ?? 0
    guard !isLate else {
      late += 1
      if settings.handsOnLate { out.append(message) }
      return
    }
    let new = HeldMessages.Held(origin: place, epoch: epoch, number: number, since: now, message: message)
    let index = origins[place].held.firstIndex { held[$0].map { $0.rank > new.rank } ?? false }
    origins[place].held.insert(held.add(new), at: index ?? origins[place].held.count)
    handOn(place, &out)
    while count > settings.heldMax, let largest = mostHeld { goOn(largest, &out) }
  }

  /// Origins whose messages have waited for long enough go on without what lacks, the longest waiting first.
  package mutating func tick(_ now: Instant, _ out: inout [Message]) {
    while next <= now, let first = held.first { goOn(first.origin, &out) }
  }

  /// Hands on what follows what was handed on.
  private mutating func handOn(_ place: Int, _ out: inout [Message]) {
    while let first = origins[place].held.first.flatMap({ held[$0] }) {
      let isFirst = first.number == 1 && origins[place].last == nil
      let isNext = origins[place].last.map { $0 < .max && first.number == $0 + 1 } ?? false
      guard first.epoch == origins[place].epoch, isFirst || isNext else { return }
      handOnFirst(place, &out)
    }
  }

  private mutating func handOnFirst(_ place: Int, _ out: inout [Message]) {
    guard let first = held.remove(origins[place].held.removeFirst()) else { return }
    (origins[place].epoch, origins[place].last) = (first.epoch, first.number)
    out.append(first.message)
  }

  /// Does without what lacks before the first that waits.
  private mutating func goOn(_ place: Int, _ out: inout [Message]) {
    guard !origins[place].held.isEmpty else { return }
    skipped += 1
    handOnFirst(place, &out)
    handOn(place, &out)
  }

  private var mostHeld: Int? { origins.indices.max { origins[$0].held.count < origins[$1].held.count } }

  /// The place of an origin; a further one takes that of the one that was quiet for longest, whose messages go on.
  private mutating func place(of key: UInt64, _ epoch: UInt64, _ now: Instant, _ out: inout [Message]) -> Int {
    if let place = places[key] { return place }
    let new = Origin(epoch: epoch, last: nil, heard: now)
    guard origins.count >= settings.originsMax,
      let quiet = origins.indices.min(by: { origins[$0].heard < origins[$1].heard })
    else {
      places[key] = origins.count
      origins.append(new)
      keys.append(key)
      return origins.count - 1
    }
    while !origins[quiet].held.isEmpty { goOn(quiet, &out) }
    places[keys[quiet]] = nil
    (origins[quiet], keys[quiet]) = (new, key)
    places[key] = quiet
    return quiet
  }
}
