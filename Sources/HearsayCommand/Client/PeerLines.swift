import LinuxNet
import MixNet
import VRFDelay

/// Whom each node of a network may send to now: from the lines that nodes publish, each of which is held against the network
/// file and the clock.
struct PeerLines {
  /// The files that they were read from.
  let paths: [String]
  /// For each node of the network file, by its number, whom it has chosen; nobody where no line tells.
  let choices: [[Int]]
  /// How many nodes' choices are known.
  let known: Int
  /// What was passed over, and why: a node that has stopped leaves a line of its last epoch.
  let notes: [String]
  /// From here on there are newer lines.
  let fresh: WallTime
  /// Until here these may be used, at the most.
  let usable: WallTime

  /// Why a file cannot be used: one sentence.
  struct Mistake: Error {
    let sentence: String
  }

  /// How much a line may be too early or too late: the nodes' clocks are not the client's, and packets may go by a choice for
  /// a while after it was replaced. It is less than the nodes allow each other, but where their `overlap_s` is unusually small.
  static func grace(_ rules: PeerRules) -> Nanos {
    min(.s(5), Nanos(UInt64(rules.epochSeconds) * 1_000_000_000 / 16))
  }

  /// What is wrong with files whose lines are all of other epochs.
  static func outdated(_ paths: [String]) -> String {
    "no line of \(paths.joined(separator: ", ")) is of the present epoch; take them anew from the nodes"
  }

  /// Bytes of the largest file that is read.
  private static let fileMax = 64 << 20
  /// Mistakes that are told one by one.
  private static let toldMax = 3

  /// Reads files that have a line for each of some nodes. A line that is not what its node had to choose is a mistake.
  init(_ paths: [String], _ directory: NetworkDirectory, at wall: WallTime) throws(Mistake) {
    var reading = Reading(directory, wall)
    for path in paths {
      let bytes: [UInt8]
      do throws(StorageError) { bytes = try readFile(path, limit: Self.fileMax).bytes } catch {
        throw Mistake(sentence: error.description)
      }
      for (number, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated()
      where !line.isEmpty {
        reading.take(Array(line), "\(path) line \(number + 1)")
      }
    }
    guard reading.mistakes.isEmpty else {
      let told = reading.mistakes.prefix(Self.toldMax)
      let more = reading.mistakes.count - told.count
      throw Mistake(sentence: told.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : ""))
    }
    self.paths = paths
    choices = reading.choices.map { $0?.peers ?? [] }
    known = reading.choices.count { $0 != nil }
    notes = reading.notes
    (fresh, usable) = reading.end
  }
}

/// What has been read so far.
private struct Reading {
  private let directory: NetworkDirectory
  private let wall: WallTime
  private let numbers: [Bytes32: Int]  // for look-ups only
  /// The first line's rules, and where it is; all others must have the same.
  private var first: (rules: PeerRules, list: PeerList, place: String)?
  var choices: [(epoch: UInt64, peers: [Int])?]
  var mistakes: [String] = []
  var notes: [String] = []

  init(_ directory: NetworkDirectory, _ wall: WallTime) {
    (self.directory, self.wall) = (directory, wall)
    numbers = Dictionary(directory.nodes.enumerated().map { ($1.address, $0) }, uniquingKeysWith: { first, _ in first })
    choices = directory.nodes.map { _ in nil }
  }

  /// Takes one line.
  mutating func take(_ line: [UInt8], _ place: String) {
    do throws(LineError) {
      try read(PublishedChoice(LineFields(line: line, names: PublishedChoice.names)), place)
    } catch { mistakes.append("\(place): \(error.sentence)") }
  }

  private mutating func read(_ choice: PublishedChoice, _ place: String) throws(LineError) {
    if let note = outside(choice) { return notes.append("\(place) is passed over: its epoch \(note)") }
    let first = self.first ?? (choice.rules, PeerList(directory, chain: choice.rules.chain), place)
    self.first = first
    guard choice.rules == first.rules else {
      throw LineError("the node has other rules than that of \(first.place); one of them would be refused by its peers")
    }
    let peers: [Bytes32]
    do throws(PeerRefusal) { peers = try choice.peers(in: first.list) } catch { throw LineError(Self.sentence(error)) }
    guard let number = numbers[choice.node], choices[number].map({ $0.epoch < choice.epoch }) ?? true else { return }
    choices[number] = (choice.epoch, peers.compactMap { numbers[$0] })
  }

  /// What is wrong with a line's epoch; nil when it is the present one, or hardly another.
  private func outside(_ choice: PublishedChoice) -> String? {
    let grace = Int64(PeerLines.grace(choice.rules).ns)
    guard let start = choice.rules.start(of: choice.epoch), let end = choice.rules.start(of: choice.epoch &+ 1) else {
      return "is beyond all time"
    }
    if wall.ns + grace < start.ns { return "begins in \((start.ns - wall.ns) / 1_000_000_000) s" }
    if wall.ns - grace >= end.ns { return "ended \((wall.ns - end.ns) / 1_000_000_000) s ago" }
    return nil
  }

  /// When the earliest of the choices ends, and how long it may be used at the most.
  var end: (fresh: WallTime, usable: WallTime) {
    let epochs = choices.compactMap { $0?.epoch }
    guard let first, let earliest = epochs.min(), let end = first.rules.start(of: earliest &+ 1) else {
      return (WallTime(ns: .max), WallTime(ns: .max))
    }
    return (end, WallTime(ns: end.ns + Int64(PeerLines.grace(first.rules).ns)))
  }

  private static func sentence(_ refusal: PeerRefusal) -> String {
    switch refusal {
    case .otherList: "the node chose from another list of nodes than the network file's"
    case .notListed: "the network file has no such node, or lists another key of it for the epoch"
    case .badProof: "the proof is not that of the node for these words"
    case .noProof, .otherRules, .otherEpoch, .notChosen: "the node had to choose otherwise (\(refusal.rawValue))"
    }
  }
}
