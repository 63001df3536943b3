import MixHost
import MixNet

/// The file in which a book outlives the process. Times are written as ages at the time of writing, which is a wall time; numbers are
/// big-endian; at the end stands a hash of all before, as disks do not keep everything.
///
/// The time between two runs follows from the wall clock, which nobody can trust: where it was set back, no time has passed;
/// and a stop counts for an hour at most, so that a clock set far ahead ends no long ban and forgets no offender.
struct BookFile {
  /// Why a file is not read.
  enum Refusal: Error {
    /// It is not as it was written, or no such file at all.
    case damaged
    /// It belongs to another node, another chain, or another preset.
    case foreign
  }

  /// Names the node and the chain.
  let owner: Bytes32
  let rules: ScoreRules

  /// A stop counts for so long at most.
  static let stopMax = Nanos.s(3_600)
  private static let name = Array("hearsay-scores-1".utf8)
  private static let (head, check) = (16 + 32 + 1 + 8 + 4, 32)
  /// Thirty-six years: what is older was made up, and is written as old as that.
  private static let ageMax: UInt64 = 1 << 60

  init(node: Bytes32, chain: String, _ rules: ScoreRules) {
    owner = Fingerprint.of(node.array + Array(chain.utf8))
    self.rules = rules
  }

  private var preset: UInt8 { rules.preset == .simple ? 1 : 2 }
  private var words: Int { rules.preset == .simple ? SimpleTally.words : FullTally.words }
  private var recordSize: Int { 32 + 7 * 8 + 1 + 4 * Conduct.allCases.count + 4 * words }

  /// Bytes of a file of so many records.
  func size(_ records: Int) -> Int { Self.head + records * recordSize + Self.check }

  // MARK: Writing

  func bytes(_ book: ReputationBook, at time: Instant, wall: WallTime) -> [UInt8] {
    let now = BookTime(time)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size(book.records.count))
    bytes += Self.name + owner.array + [preset]
    Self.put(UInt64(bitPattern: wall.ns), into: &bytes)
    Self.put(UInt32(book.records.count), into: &bytes)
    for record in book.records { put(record, now, into: &bytes) }
    return bytes + Fingerprint.of(bytes).array
  }

  private func put(_ record: PeerRecord, _ now: BookTime, into bytes: inout [UInt8]) {
    var record = record
    record.settle(at: now, rules.preset)
    // The time that the node is connected ends with the process; the minutes up to now are its own.
    if record.links > 0 { record.tally.decay(to: now) }
    bytes += record.node.array
    let seen = record.links > 0 ? now : record.lastSeen
    for time in [record.firstSeen, seen, record.touched, record.banEnded, record.tally.time] {
      Self.put(min((now - time).ns, Self.ageMax), into: &bytes)
    }
    Self.put(min(record.uptime(at: now).ns, Self.ageMax), into: &bytes)
    Self.put(record.bannedUntil.map { ($0 - now).ns } ?? 0, into: &bytes)
    bytes.append(UInt8(clamping: record.bans))
    for count in record.counts { Self.put(count, into: &bytes) }
    let words =
      switch record.tally {
      case .simple(let tally): tally.words
      case .full(let tally): tally.words
      }
    for word in words { Self.put(word, into: &bytes) }
  }

  private static func put<T: FixedWidthInteger & UnsignedInteger>(_ value: T, into bytes: inout [UInt8]) {
    for place in 0..<T.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: value >> T(T.bitWidth - 8 - 8 * place)))
    }
  }

  // MARK: Reading

  /// The book in a file that is read at `time`, when the wall clock says `wall`.
  func book(_ bytes: [UInt8], at time: Instant, wall: WallTime) throws(Refusal) -> ReputationBook {
    guard bytes.count >= Self.head + Self.check, bytes.starts(with: Self.name) else { throw .damaged }
    let end = bytes.count - Self.check
    guard Fingerprint.of(Array(bytes[..<end])).array.elementsEqual(bytes[end...]) else { throw .damaged }
    guard bytes[16..<48].elementsEqual(owner.array), bytes[48] == preset else { throw .foreign }
    let written = WallTime(ns: Int64(bitPattern: bytes.span.bigEndian(at: 49)))
    let count = Int(bytes.span.bigEndian(at: 57, as: UInt32.self))
    guard bytes.count == size(count) else { throw .damaged }
    let (difference, over) = wall.ns.subtractingReportingOverflow(written.ns)
    let stop = over || difference < 0 ? .zero : min(Nanos(UInt64(difference)), Self.stopMax)
    let now = BookTime(time)
    var records: [PeerRecord] = []
    var nodes: Set<Bytes32> = []
    for place in 0..<count {
      let start = Self.head + place * recordSize
      guard let record = record(bytes, at: start, written: now - stop, now), nodes.insert(record.node).inserted else {
        throw .damaged
      }
      records.append(record)
    }
    for i in records.indices { records[i].settle(at: now, rules.preset) }
    var book = ReputationBook(rules)
    book.replace(by: records, at: now)
    return book
  }

  /// The record that begins at a place, written at a time of this run's clock, perhaps before the machine began.
  private func record(_ bytes: [UInt8], at start: Int, written: BookTime, _ now: BookTime) -> PeerRecord? {
    let span = bytes.span
    func long(_ place: Int) -> UInt64 { span.bigEndian(at: start + 32 + 8 * place) }
    let tallyStart = start + 32 + 7 * 8 + 1 + 4 * Conduct.allCases.count
    let marks = (0..<words).map { span.bigEndian(at: tallyStart + 4 * $0, as: UInt32.self) }
    guard (0..<7).allSatisfy({ long($0) <= Self.ageMax }), long(6) <= ScoreRules.termMax.ns else { return nil }
    // The stop comes on top, and nothing is older than can be written again.
    func time(_ place: Int) -> BookTime { max(written - Nanos(long(place)), now - Nanos(Self.ageMax)) }
    let tally: Tally? =
      switch rules.preset {
      case .simple: SimpleTally(marks[...], at: time(4)).map { .simple($0) }
      case .full: FullTally(marks[...], at: time(4)).map { .full($0) }
      }
    guard let tally else { return nil }
    var record = PeerRecord(Bytes32(span, at: start), tally, at: written)
    (record.firstSeen, record.lastSeen, record.touched, record.banEnded) = (time(0), time(1), time(2), time(3))
    record.uptime = Nanos(long(5))
    record.bannedUntil = long(6) == 0 ? nil : written + Nanos(long(6))
    record.bans = Int(bytes[start + 32 + 7 * 8])
    guard record.bannedUntil == nil || record.bans > 0 else { return nil }
    for i in record.counts.indices {
      record.counts[i] = span.bigEndian(at: start + 32 + 7 * 8 + 1 + 4 * i)
    }
    return record
  }
}
