import MixHost
import MixNet

/// One worker's way to the file of tags. It holds batches back until the disk has what they need: with `durable` the tags of
/// their packets, all of a turn in one record; without it the note, once a run, that packets are let through.
///
/// One record is under way at a time; what comes meanwhile goes into the next one.
final class ReplayJournal {
  /// A batch that waits, and how many new tags it has.
  private struct Waiting {
    let hold: BatchHold
    let tags: Int
    let since: Instant
  }

  private let keeping: ReplayKeeping
  private let file: ReplayFile
  private let path: String
  private let lane: Int
  /// True on the one worker that says that the run begins, and what its tags are when it ends.
  private let isOpener: Bool
  /// True when the file is still to be made.
  private let isNew: Bool
  private var number: UInt32
  private var isOpen = false
  /// Tags for the next record, and the batches that they belong to, in their order.
  private var tags: [UInt8] = []
  private var gathered: [Waiting] = []
  private var underWay: [Waiting] = []
  /// When the job under way was given.
  private var busySince: Instant?
  private var begun = Instant.never
  /// After a failure nothing is tried, and nothing let in, for a while: twice as long after each in a row. Else a disk that is
  /// gone would have the node spend its tags on packets that cannot leave.
  private var restsUntil = Instant.zero
  private var rest = leastRest
  private var walk = ReplayTags.Walk()
  private var pieces = 0
  /// A piece that the disk has refused.
  private var refused: (record: [UInt8], isLast: Bool)?

  private static let leastRest = Nanos.ms(10)
  private static let mostRest = Nanos.s(1)
  private static let look = Nanos.ms(1)
  /// At the stop: tags in one record, and records that are under way at once.
  private static let pieceSize = 32_768
  private static let piecesMax = 64

  init(_ keeping: ReplayKeeping, prefix: String, _ builder: inout StageBuilder) throws(BuildError) {
    self.keeping = keeping
    let keys = try builder.capability(.packetKeys)
    file = ReplayFile(key: keys.name, chain: builder.plan.name)
    path = ReplayFile.path(builder.node.path(prefix), key: keys.name)
    let past = try keeping.load(file, at: path)
    lane = builder.worker
    number = past.next[lane]
    isOpener = builder.isTail
    isNew = !past.isThere
  }

  /// False when batches need not be held back any more.
  func isGuarding() -> Bool {
    // Another worker may have opened the file meanwhile.
    if !isOpen { isOpen = keeping.isOpen }
    return keeping.config.isDurable || !isOpen
  }

  /// New tags that wait for the disk.
  private(set) var waiting = 0

  /// True when a packet could not hope to leave: it is dropped before its tag is taken.
  func isShut(_ now: Instant) -> Bool {
    if now < restsUntil || waiting >= keeping.config.waitingMax { return true }
    let patience = keeping.config.waitMax
    if let busySince, now >= busySince + patience { return true }
    return !isOpen && begun != .never && now >= begun + patience
  }

  /// The tag of a packet of the batch at hand.
  func note(_ tag: ReplayTags.Tag) { if keeping.config.isDurable { tag.append(to: &tags) } }

  /// Holds the batch at hand back, which has so many new tags. False when that is not possible: it must not go on then.
  func holdBack(_ count: Int, _ turn: inout Turn) -> Bool {
    guard let hold = turn.holdBack() else { return false }
    gathered.append(Waiting(hold: hold, tags: count, since: turn.now))
    waiting += count
    // At the end of this turn, so that all its tags go into one record.
    turn.wake(at: turn.now)
    return true
  }

  /// Does what is due, and asks to be woken for the rest.
  func run(_ turn: inout Turn) {
    if begun == .never { begun = turn.now }
    open(&turn)
    if isOpen {
      if keeping.config.isDurable { commit(&turn) } else { letAllGo(&turn) }
    }
    expire(&turn)
    plan(&turn)
  }

  private func plan(_ turn: inout Turn) {
    if let first = underWay.first ?? gathered.first { turn.wake(at: first.since + keeping.config.waitMax) }
    guard busySince == nil, !gathered.isEmpty || (!isOpen && isOpener) else { return }
    turn.wake(at: max(restsUntil, turn.now + Self.look))
  }

  // MARK: The beginning

  private func open(_ turn: inout Turn) {
    guard !isOpen else { return }
    isOpen = keeping.isOpen
    guard !isOpen, isOpener, busySince == nil, turn.now >= restsUntil else { return }
    let note = keeping.config.isDurable ? [] : file.record(.begun, lane: lane, number: number)
    if isNew {
      store(.replace(path: path, bytes: file.head + note), &turn) { [self] in opened(said: !note.isEmpty, $0, &$1) }
    } else if note.isEmpty {
      opened(said: false, true, &turn)
    } else {
      store(.append(path: path, bytes: note), &turn) { [self] in opened(said: true, $0, &$1) }
    }
  }

  private func opened(said: Bool, _ isDone: Bool, _ turn: inout Turn) {
    guard isDone else { return }
    if said { number += 1 }
    isOpen = true
    keeping.open()
  }

  private func letAllGo(_ turn: inout Turn) {
    for batch in gathered { turn.letGo(batch.hold) }
    gathered = []
    waiting = 0
  }

  // MARK: Records

  private func commit(_ turn: inout Turn) {
    guard busySince == nil, !gathered.isEmpty, turn.now >= restsUntil else { return }
    let record = file.record(.tags, lane: lane, number: number, body: tags)
    let isTaken = store(.append(path: path, bytes: record), &turn) { [self] isDone, turn in
      if isDone { number += 1 }
      for batch in underWay {
        if isDone { turn.letGo(batch.hold) } else { turn.drop(batch.hold, .notStored) }
        waiting -= batch.tags
      }
      underWay.removeAll(keepingCapacity: true)
    }
    guard isTaken else { return }
    swap(&underWay, &gathered)
    tags.removeAll(keepingCapacity: true)
  }

  /// Gives the disk a job; `done` is told whether it was done.
  @discardableResult
  private func store(
    _ job: StorageJob, _ turn: inout Turn, done: @escaping (Bool, inout Turn) -> Void
  ) -> Bool {
    let isTaken = turn.store(job) { [self] result, turn in
      busySince = nil
      keeping.count(result)
      var isDone = true
      if case .failure = result {
        isDone = false
        restsUntil = turn.now + rest
        rest = min(rest + rest, Self.mostRest)
      } else {
        rest = Self.leastRest
      }
      done(isDone, &turn)
      run(&turn)
    }
    if isTaken { busySince = turn.now }
    return isTaken
  }

  /// Drops what has waited for too long. Tags that no record has yet go with their batches.
  private func expire(_ turn: inout Turn) {
    let patience = keeping.config.waitMax
    while let batch = underWay.first, turn.now >= batch.since + patience {
      turn.drop(batch.hold, .notStored)
      waiting -= batch.tags
      underWay.removeFirst()
    }
    var old = 0
    while let batch = gathered.first, turn.now >= batch.since + patience {
      turn.drop(batch.hold, .notStored)
      old += batch.tags
      waiting -= batch.tags
      gathered.removeFirst()
    }
    if old > 0 { tags.removeFirst(min(tags.count, 16 * old)) }
  }

  // MARK: The end

  /// The chain has come to its end in good order: what is in no file yet goes there, and that this is all.
  func finish(_ turn: inout Turn) {
    guard isOpener, !keeping.config.isDurable, isOpen || busySince != nil else { return }
    // A stop at once may come while the note is under way, which says that this run has begun.
    if !isOpen { number += 1 }
    save(&turn)
  }

  private func save(_ turn: inout Turn) {
    while pieces < Self.piecesMax, pieces >= 0 {
      let (record, isLast) = refused ?? nextPiece()
      // The disk does jobs in order. One that fails leaves a gap, which shows at the next start.
      let isTaken = turn.store(.append(path: path, bytes: record)) { [self] result, turn in
        keeping.count(result)
        if case .failure = result { pieces = .min }
        guard pieces > 0 else { return }
        pieces -= 1
        save(&turn)
      }
      guard isTaken else {
        // It has enough to do: again when it has done a job of these. With none of these under way nobody would ask again.
        refused = (record, isLast)
        if pieces == 0 { pieces = .min }
        return
      }
      refused = nil
      number += 1
      pieces = isLast ? .min : pieces + 1
    }
  }

  /// The next record of tags that are in no file, or the end behind all of them.
  private func nextPiece() -> (record: [UInt8], isLast: Bool) {
    let body = keeping.tags.unsaved(&walk, most: Self.pieceSize)
    if body.isEmpty { return (file.end(lane: lane, number: number, tags: keeping.tags.count), true) }
    return (file.record(.tags, lane: lane, number: number, body: body), false)
  }
}
