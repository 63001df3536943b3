import MixHost
import MixNet
import Testing

@testable import Reputation

/// What outlives the process.
struct BookFileTests {
  private static let wall = WallTime(ns: 1_750_000_000_000_000_000)
  private static let presets = ScoreRules.Preset.allCases

  private func file(_ preset: ScoreRules.Preset, recordsMax: Int = 64) -> BookFile {
    BookFile(node: Ledger.node(99), chain: "mix", ScoreRules(preset: preset, recordsMax: recordsMax))
  }

  private func sample(_ preset: ScoreRules.Preset) -> Ledger {
    var ledger = Ledger(preset)
    ledger.tell(.success, 40)
    ledger.book.connect(Ledger.node(0), at: ledger.now)
    ledger.pass(300)
    ledger.tell(.invalid, 2, of: 1)
    ledger.tell(.failure, 7, of: 2)
    ledger.book.setOpinion(-33, of: Ledger.node(2), at: ledger.now)
    ledger.tell(.forged, of: 3)
    ledger.pass(77)
    return ledger
  }

  private func seconds(_ wall: WallTime, plus seconds: Int64) -> WallTime {
    WallTime(ns: wall.ns + seconds * 1_000_000_000)
  }

  /// Read at once, on another machine's clock that has just begun, all is as it was, but that nobody is connected.
  @Test(arguments: presets) func whatIsWrittenIsRead(_ preset: ScoreRules.Preset) throws {
    let ledger = sample(preset)
    let bytes = file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    var again = ledger
    again.now = .zero + .ms(5)
    again.book = try file(preset).book(bytes, at: again.now, wall: Self.wall)
    #expect(again.book.count == 4)
    for node in 0..<4 {
      let (old, new) = (ledger.known(node), again.known(node))
      #expect(new?.score == old?.score && new?.standing == old?.standing && new?.counts == old?.counts)
      #expect(new?.firstSeen == old?.firstSeen && new?.lastSeen == old?.lastSeen)
      #expect(new?.uptime == old?.uptime && new?.bannedFor == old?.bannedFor && new?.isConnected == false)
    }
    // And time goes on from there.
    var later = ledger
    later.book.disconnect(Ledger.node(0), at: later.now)
    later.pass(1_000)
    again.pass(1_000)
    for node in 0..<4 { #expect(abs(later.score(node) - again.score(node)) <= 1) }
    // The ban of an hour began 77 s before the file was written.
    again.pass(3_600 - 77 - 1_000 - 1)
    #expect(again.standing(3) == .banned)
    again.pass(1)
    #expect(again.standing(3) == .warned && again.score(3) == -250)
  }

  /// The same marks, written twice, are the same bytes.
  @Test(arguments: presets) func writingIsStable(_ preset: ScoreRules.Preset) throws {
    var ledger = sample(preset)
    ledger.book.disconnect(Ledger.node(0), at: ledger.now)
    let bytes = file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    let book = try file(preset).book(bytes, at: ledger.now, wall: Self.wall)
    #expect(file(preset).bytes(book, at: ledger.now, wall: Self.wall) == bytes)
    #expect(bytes.count == file(preset).size(4))
  }

  @Test(arguments: presets) func everyCutIsRefused(_ preset: ScoreRules.Preset) {
    let ledger = sample(preset)
    let bytes = file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    for count in 0..<bytes.count {
      #expect(throws: BookFile.Refusal.damaged) {
        try file(preset).book(Array(bytes[..<count]), at: ledger.now, wall: Self.wall)
      }
    }
    #expect(throws: BookFile.Refusal.damaged) { try file(preset).book(bytes + [0], at: ledger.now, wall: Self.wall) }
  }

  @Test(arguments: presets) func everyFlippedBitIsRefused(_ preset: ScoreRules.Preset) {
    let ledger = sample(preset)
    var bytes = file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    for bit in 0..<bytes.count * 8 {
      bytes[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BookFile.Refusal.self) { try file(preset).book(bytes, at: ledger.now, wall: Self.wall) }
      bytes[bit / 8] ^= 1 << (bit % 8)
    }
  }

  /// Files with a right hash that no book has written: nothing traps, and what is read is within its bounds.
  @Test(arguments: presets) func madeUpFilesDoNoHarm(_ preset: ScoreRules.Preset) {
    let ledger = sample(preset)
    let good = file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall).dropLast(32)
    var random = RandomStream(seed: Seed(5))
    var (read, refused) = (0, 0)
    for _ in 0..<5_000 {
      var bytes = Array(good)
      for _ in 0..<1 + random.below(4) {
        let place = 49 + Int(random.below(UInt64(bytes.count - 49)))
        bytes[place] = [0, 0xff, UInt8(random.below(256))][Int(random.below(3))]
      }
      bytes += Fingerprint.of(bytes).array
      guard var book = try? file(preset).book(bytes, at: ledger.now, wall: Self.wall) else {
        refused += 1
        continue
      }
      read += 1
      for entry in book.all(at: ledger.now) { #expect((-1_000...1_000).contains(entry.score)) }
      for node in 0..<4 { _ = book.add(.invalid, of: Ledger.node(node), at: ledger.now + .s(1)) }
      for entry in book.all(at: .never) { #expect((-1_000...1_000).contains(entry.score)) }
    }
    #expect(read > 100 && refused > 100)
  }

  /// As old as anything may be, and then an hour older: what is written of it is read again.
  @Test(arguments: presets) func whatIsOlderThanAllIsKept(_ preset: ScoreRules.Preset) throws {
    let ledger = sample(preset)
    var bytes = Array(file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall).dropLast(32))
    // Of the first record: when it was first and last seen, and its uptime.
    for word in [0, 1, 5] { bytes.replaceSubrange(93 + 8 * word..<101 + 8 * word, with: [0x10, 0, 0, 0, 0, 0, 0, 0]) }
    bytes += Fingerprint.of(bytes).array
    let later = seconds(Self.wall, plus: 3_600)
    let book = try file(preset).book(bytes, at: ledger.now, wall: later)
    #expect(book.statistics(of: Ledger.node(0), at: ledger.now)?.firstSeen == Nanos(1 << 60))
    let written = file(preset).bytes(book, at: ledger.now, wall: later)
    let again = try file(preset).book(written, at: ledger.now, wall: later)
    #expect(again.all(at: ledger.now) == book.all(at: ledger.now))
  }

  @Test func filesOfOthersAreRefused() {
    let ledger = sample(.full)
    let bytes = file(.full).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    let others = [
      BookFile(node: Ledger.node(98), chain: "mix", ScoreRules()),
      BookFile(node: Ledger.node(99), chain: "other", ScoreRules()),
      BookFile(node: Ledger.node(99), chain: "mix", ScoreRules(preset: .simple)),
    ]
    for other in others {
      #expect(throws: BookFile.Refusal.foreign) { try other.book(bytes, at: ledger.now, wall: Self.wall) }
    }
  }

  /// A stop of some minutes counts as such; a clock that was set back lets no time pass; one that jumps ahead an hour.
  @Test(arguments: presets) func clocksThatJump(_ preset: ScoreRules.Preset) throws {
    var ledger = sample(preset)
    ledger.pass(1_000)
    ledger.tell(.forged, of: 4)
    ledger.pass(3_600)
    ledger.tell(.forged, of: 4)
    #expect(ledger.known(4)?.bannedFor == .s(7_200))
    let bytes = file(preset).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    func rest(_ stop: Int64) throws -> Nanos? {
      let book = try file(preset).book(bytes, at: .zero, wall: seconds(Self.wall, plus: stop))
      return book.statistics(of: Ledger.node(4), at: .zero)?.bannedFor
    }
    #expect(try rest(0) == .s(7_200))
    #expect(try rest(600) == .s(6_600))
    #expect(try rest(-1_000_000_000) == .s(7_200))
    #expect(try rest(3_600) == .s(3_600))
    #expect(try rest(5_000_000_000) == .s(3_600))
    for wall in [WallTime(ns: .min), WallTime(ns: .max)] {
      let book = try file(preset).book(bytes, at: .zero, wall: wall)
      #expect(book.standing(of: Ledger.node(4), at: .zero) == .banned)
    }
  }

  /// The operator gives the book fewer places: the worst are kept.
  @Test func fewerPlaces() throws {
    var ledger = Ledger(.full)
    for node in 0..<64 { ledger.tell(node % 4 == 0 ? .forged : .invalid, of: node) }
    let bytes = file(.full).bytes(ledger.book, at: ledger.now, wall: Self.wall)
    let book = try file(.full, recordsMax: 16).book(bytes, at: ledger.now, wall: Self.wall)
    #expect(book.count == 16)
    for node in 0..<64 {
      #expect((book.standing(of: Ledger.node(node), at: ledger.now) == .banned) == (node % 4 == 0))
    }
  }
}
