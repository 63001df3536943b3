import Gossip
import MixNet
import Testing

struct RepairTests {
  private let start = Instant(ns: 1_000_000_000)
  private func read(_ bytes: [UInt8]) -> OriginDigest? { OriginDigest(bytes.span) }

  /// Held against a set that remembers everything.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func aWindowIsExact(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var window = SequenceWindow(epoch: 3)
    var (seen, newest) = (Set<UInt64>(), UInt64(0))
    for _ in 0..<5_000 {
      let jump = random.below(200) == 0 ? random.below(12_000) : random.below(40)
      let number = newest + 20 > jump ? newest + 20 - jump : 0
      let wanted: SequenceWindow.Outcome =
        number == 0
        ? .stale : number + SequenceWindow.size <= newest ? .old : seen.contains(number) ? .seen : .new
      #expect(window.look(epoch: 3, number) == wanted)
      #expect(window.mark(epoch: 3, number) == wanted)
      if wanted == .new { seen.insert(number) }
      newest = max(newest, seen.contains(number) ? number : 0)
      var complete = newest > SequenceWindow.size ? newest - SequenceWindow.size : 0
      while complete < newest, seen.contains(complete + 1) { complete += 1 }
      #expect(window.newest == newest && window.complete == complete)
      let from = newest > 200 ? newest - random.below(200) : 1
      let word = (0..<64 as Range<UInt64>).reduce(0 as UInt64) { seen.contains(from + $1) ? $0 | 1 << $1 : $0 }
      #expect(window.word(from: from) == word)
    }
  }

  @Test func epochsAndEnds() {
    var window = SequenceWindow(epoch: 3)
    let outcomes = [(3, 5), (3, 5), (2, 9), (4, 1), (3, 6), (4, .max), (4, .max), (4, 2), (4, .max - 1), (4, 0)].map {
      window.mark(epoch: $0.0, $0.1 as UInt64)
    }
    #expect(outcomes == [.new, .seen, .stale, .new, .stale, .new, .seen, .old, .new, .stale])
  }

  /// Two nodes with some of the messages each: what a digest lacks is what the other side has and this one has not.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func aDigestTellsWhatIsMissing(seed: UInt64) throws {
    var random = RandomStream(seed: Seed(seed))
    var windows = OriginWindows(capacity: 100, seed: Seed(100))
    var had: Set<[UInt64]> = []
    for origin in 0..<60 as Range<UInt64> where origin % 7 != 0 {
      for number in 1...200 as ClosedRange<UInt64> where random.below(3) > 0 {
        _ = windows.mark(origin * 1_000, epoch: 1, number, now: start)
        had.insert([origin, number])
      }
    }
    var (key, told, digests) = (UInt64(0), 0, 0)
    repeat {
      let made = OriginDigest(windows, from: key, since: start, linesMax: 20)
      let read = read(made.bytes)
      let digest = try #require(read)
      #expect(digest == made)
      for origin in 0..<60 as Range<UInt64> where digest.range.contains(origin * 1_000) {
        for number in 1...200 as ClosedRange<UInt64> {
          #expect(digest.lacks(origin * 1_000, epoch: 1, number) == !had.contains([origin, number]))
        }
        told += 1
        #expect(digest.lacks(origin * 1_000, epoch: 2, 1))
      }
      (key, digests) = (digest.next, digests + 1)
    } while key != 0
    #expect(told == 60 && digests == 3)
  }

  /// Whether a neighbour may lack something is told without a look at the messages: held against a look at each.
  @Test(arguments: 1...200 as ClosedRange<UInt64>) func whoHasAllNeedsNothing(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var ours = OriginWindows(capacity: 100, seed: Seed(seed))
    var theirs = OriginWindows(capacity: 100, seed: Seed(seed, 1))
    var sent: [(origin: UInt64, epoch: UInt64, number: UInt64)] = []
    let (gaps, origins) = (random.below(3) == 0, random.below(20))
    for origin in 0..<origins {
      let (epoch, last) = (1 + random.below(2), 1 + random.below(5_000))
      for number in 1...last {
        if random.below(100) < 95 {
          _ = ours.mark(origin, epoch: epoch, number, now: start)
          sent.append((origin, epoch, number))
        }
        // Nearly always it has what we have, or nothing of an origin, or another life of it.
        if gaps ? random.below(5_000) > 0 : true { _ = theirs.mark(origin, epoch: epoch, number, now: start) }
      }
      if random.below(40) == 0 { _ = theirs.mark(origin, epoch: epoch + random.below(2), last + 1, now: start) }
    }
    let digest = OriginDigest(theirs, from: random.below(4), since: start)
    let lacks = sent.contains { message in
      let newest = ours[message.origin]?.window.newest ?? 0
      return newest - message.number < SequenceWindow.size
        && digest.lacks(message.origin, epoch: message.epoch, message.number)
    }
    let mayLack = digest.mayLack(ours, heardSince: start)
    #expect(mayLack == lacks)
    let mayLackOld = digest.mayLack(ours, heardSince: start + .s(1))
    #expect(!mayLackOld, "what is old is not compared")
  }

  /// What the windows have forgotten, or fell out of them, is looked for among the messages.
  @Test func whatIsForgottenIsLookedFor() {
    var ours = OriginWindows(capacity: 2, seed: Seed(2))
    var theirs = OriginWindows(capacity: 4, seed: Seed(4))
    for origin in 1...3 as ClosedRange<UInt64> {
      let digest = OriginDigest(theirs, from: 0, since: start)
      let mayLack = digest.mayLack(ours, heardSince: start)
      #expect(!mayLack)
      _ = ours.mark(origin, epoch: 1, 1, now: start)
      _ = theirs.mark(origin, epoch: 1, 1, now: start)
    }
    let full = OriginDigest(theirs, from: 0, since: start)
    let (mayLack, mayLackOld) = (full.mayLack(ours, heardSince: start), full.mayLack(ours, heardSince: start + .s(1)))
    #expect(mayLack && !mayLackOld)
    var far = OriginWindows(capacity: 2, seed: Seed(2))
    _ = far.mark(1, epoch: 1, 2 + SequenceWindow.size, now: start)
    let mayLackFar = full.mayLack(far, heardSince: start)
    #expect(mayLackFar)
  }

  /// An origin that counts to the end of all numbers harms nobody.
  @Test(arguments: [[0, 4_095], [0], [1, 0], [4_096, 1, 0]] as [[UInt64]])
  func theLastNumbersAreTold(beforeTheLast: [UInt64]) {
    var windows = OriginWindows(capacity: 4, seed: Seed(4))
    for number in beforeTheLast { _ = windows.mark(9, epoch: .max, .max - number, now: start) }
    let digest = OriginDigest(windows, from: 0, since: start)
    #expect(read(digest.bytes) == digest && !digest.lacks(9, epoch: .max, .max))
    #expect(digest.lacks(9, epoch: .max, .max - 7) && !digest.lacks(9, epoch: .max - 1, .max))
    let mayLack = digest.mayLack(windows, heardSince: start)
    #expect(!mayLack)
    let none = OriginDigest(OriginWindows(capacity: 4, seed: Seed(4)), from: 0, since: start)
    let mayLackAll = none.mayLack(windows, heardSince: start)
    #expect(mayLackAll)
  }

  @Test func whatIsNoDigestIsRefused() {
    var windows = OriginWindows(capacity: 10, seed: Seed(10))
    for number in [1, 2, 5, 9, 300] as [UInt64] {
      _ = windows.mark(7, epoch: 1, number, now: start)
      _ = windows.mark(9, epoch: 1, number + 1, now: start)
    }
    let bytes = OriginDigest(windows, from: 0, since: start).bytes
    for length in 0..<bytes.count {
      let cut = Array(bytes.prefix(length))
      #expect(read(cut) == nil)
    }
    #expect(read(bytes + [0]) == nil)
    var random = RandomStream(seed: Seed(1))
    for _ in 0..<20_000 {
      var other = bytes
      for _ in 0..<3 { other[Int(random.below(UInt64(bytes.count)))] = UInt8(random.below(256)) }
      if let digest = read(other) { #expect(digest.bytes == other) }
    }
  }

  /// A further origin takes the place of the quietest.
  @Test func originsAreBounded() {
    var windows = OriginWindows(capacity: 3, seed: Seed(3))
    for origin in 0..<5 as Range<UInt64> { _ = windows.mark(origin, epoch: 1, 1, now: start + .s(origin)) }
    let (count, isGone, isThere) = (windows.count, windows[1] == nil, windows[2] != nil)
    #expect(count == 3 && isGone && isThere)
    let heard = windows.heard(since: start + .s(3)).map(\.origin)
    #expect(heard == [3, 4])
  }
}
