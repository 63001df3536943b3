import MixHost
import MixNet

@testable import Reputation

extension FuzzTarget {
  /// A disk: a file of scores that was cut, damaged or written over, also by somebody who can make its hash right.
  static let scores = FuzzTarget(
    name: "scores", summary: "disks: a file of scores after whatever has become of it", sizeMax: 1_000,
    seeds: { _ in
      ScoreRules.Preset.allCases.enumerated().flatMap { number, preset in
        let desk = ScoreDesk(preset)
        return [[UInt8(number)] + desk.file(desk.sample), [UInt8(2 + number), 0, 0] + desk.body(desk.sample)]
      }
    }
  ) {
    let desks = ScoreRules.Preset.allCases.map { ScoreDesk($0) }
    return { input in
      var input = Input(input)
      let kind = input.byte()
      let desk = desks[Int(kind % 2)]
      guard kind % 4 >= 2 else { return desk.look(input.rest()) }
      let (clock, stop) = (input.byte(), input.byte())
      desk.look(desk.file(input.rest(), wall: clock), stop: Int64(stop), start: clock)
    }
  }
}

/// One preset's file, and a book that has been in it.
private struct ScoreDesk: Sendable {
  private static let wall: Int64 = 1_750_000_000_000_000_000
  private static let head = 16 + 32 + 1
  private let disk: BookFile
  let sample: ReputationBook
  private let now = Instant.zero + .s(1_000_000)

  init(_ preset: ScoreRules.Preset) {
    let rules = ScoreRules(preset: preset, recordsMax: 6)
    disk = BookFile(node: Fingerprint.of("fuzz"), chain: "mix", rules)
    var book = ReputationBook(rules)
    for number in 0..<3 {
      let node = Fingerprint.of("node \(number)")
      book.connect(node, at: now)
      for conduct in Conduct.allCases.prefix(2 + 2 * number) { _ = book.add(conduct, of: node, at: now + .s(9)) }
      book.setOpinion(-100 * number, of: node, at: now + .s(10))
      if number > 0 { book.disconnect(node, at: now + .s(60)) }
    }
    sample = book
  }

  func file(_ book: ReputationBook) -> [UInt8] { disk.bytes(book, at: now + .s(70), wall: WallTime(ns: Self.wall)) }

  /// The records alone.
  func body(_ book: ReputationBook) -> [UInt8] { Array(file(book)[(Self.head + 12)...].dropLast(32)) }

  /// Records with a head and a hash that fit, written at a time that may be far off.
  func file(_ records: [UInt8], wall: UInt8) -> [UInt8] {
    let size = disk.size(1) - disk.size(0)
    let count = records.count / size
    var bytes = Array(file(sample).prefix(Self.head))
    let written = [Self.wall, 0, .max, .min, Self.wall + 1_000_000_000][Int(wall % 5)]
    for shift in 0..<8 {
      bytes.append(UInt8(truncatingIfNeeded: UInt64(bitPattern: written) >> (56 - 8 * UInt64(shift))))
    }
    for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: count >> (24 - 8 * shift))) }
    bytes += records.prefix(count * size)
    return bytes + Fingerprint.of(bytes).array
  }

  private func read(_ bytes: [UInt8], _ time: Instant, _ wall: WallTime) -> ReputationBook? {
    do throws(BookFile.Refusal) { return try disk.book(bytes, at: time, wall: wall) } catch { return nil }
  }

  func look(_ bytes: [UInt8], stop: Int64 = 0, start: UInt8 = 0) {
    let wall = WallTime(ns: Self.wall + stop * 60_000_000_000)
    let time = start & 128 == 0 ? now : Instant.zero
    guard var book = read(bytes, time, wall) else { return }
    check(book.count <= 6, "\(book.count) records are kept")
    let all = book.all(at: time)
    for one in all {
      check((-1_000...1_000).contains(one.score), "a score of \(one.score)")
      check((one.bannedFor ?? .zero) <= ScoreRules.termMax, "a ban without an end")
      check((one.bannedFor != nil) == (one.standing == .banned), "a ban that is none")
    }
    // What is written now is read as it is, and written as it was.
    let written = disk.bytes(book, at: time, wall: wall)
    guard let again = read(written, time, wall) else { fatalError("what a book writes is refused") }
    check(disk.bytes(again, at: time, wall: wall) == written, "a book is written in two ways")
    check(again.all(at: time) == all, "a book is read in two ways")
    for (number, conduct) in Conduct.allCases.enumerated() {
      for one in all { _ = book.add(conduct, of: one.node, at: time + .s(UInt64(number) * 700)) }
    }
    book.sweep(at: time + .s(10_000))
    for one in book.all(at: .never) { check((-1_000...1_000).contains(one.score), "a score of \(one.score)") }
  }
}
