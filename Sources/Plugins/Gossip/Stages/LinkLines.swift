import MixHost
import MixNet

/// A link as the host knows it, and what it was given.
final class LinkLine {
  let id: LinkID
  let number: LinkNumber
  /// What the link was given and has not sent yet, as far as is known.
  var frames = 0
  var bytes = 0
  var isWatched = false
  /// A frame for which there was no slot.
  var kept: OutgoingFrame?

  init(_ id: LinkID, _ number: LinkNumber) { (self.id, self.number) = (id, number) }
}

/// A chain's links by both their names: the core's numbers, none of which comes twice, and the host's. All are of one worker.
struct LinkLines: ~Copyable {
  /// A link that went down, of which the core is told once what came over it has been read.
  struct Leaving {
    let number: LinkNumber
    let isBroken: Bool
    let at: Instant
  }

  /// By the place that the host has for the link.
  private var lines: [LinkLine?] = []
  /// Those that went down and whose place another link has already.
  private var former: [LinkLine] = []
  /// The place of each, by the core's number.
  private var places: NumberTable
  private var dialling: [LinkID: UInt64] = [:]
  private var leaving: [Leaving] = []
  private var last: LinkNumber = 0

  init(seed: Seed) { places = NumberTable(seed: seed) }

  subscript(number: LinkNumber) -> LinkLine? {
    guard let place = places[number] else { return nil }
    if let line = lines[place], line.number == number { return line }
    return former.first { $0.number == number }
  }

  subscript(link: LinkID) -> LinkLine? {
    guard link.place < lines.count else { return nil }
    if let line = lines[link.place], line.id == link { return line }
    return former.first { $0.id == link }
  }

  /// Those that have a frame for which there was no slot, in the order of their numbers.
  var waiting: [LinkNumber] { lines.compactMap { $0?.kept == nil ? nil : $0?.number }.sorted() }

  mutating func add(_ link: LinkID) -> LinkNumber {
    last += 1
    while lines.count <= link.place { lines.append(nil) }
    if let line = lines[link.place] { former.append(line) }
    lines[link.place] = LinkLine(link, last)
    places[last] = link.place
    return last
  }

  /// Forgets a link; nil when it was forgotten before.
  mutating func remove(_ number: LinkNumber) -> LinkLine? {
    guard let place = places[number], let line = self[number] else { return nil }
    places[number] = nil
    if lines[place] === line { lines[place] = nil } else { former.removeAll { $0 === line } }
    return line
  }

  // MARK: Coming and going

  /// The node opens a link, for the core's dial of this number.
  mutating func dial(_ number: UInt64, on link: LinkID) { dialling[link] = number }
  /// The dial that a link was opened for, which is over now.
  mutating func takeDial(of link: LinkID) -> UInt64? { dialling.removeValue(forKey: link) }

  mutating func goes(_ number: LinkNumber, isBroken: Bool, at: Instant) {
    leaving.append(Leaving(number: number, isBroken: isBroken, at: at))
  }

  /// When the core is to be told next of one that went down.
  var nextLeaving: Instant? { leaving.first?.at }

  mutating func takeLeaving(_ now: Instant) -> Leaving? {
    guard let first = leaving.first, first.at <= now else { return nil }
    return leaving.removeFirst()
  }
}
