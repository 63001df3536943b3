import MixNet
import Testing

@testable import MixHost
@testable import Sphinx

/// The file of tags: what is in it is found, and what is missing from it shows.
@Suite struct ReplayFileTests {
  private let file = ReplayFile(key: Fingerprint.of("key"), chain: "mix")
  private static let path = "state/replay"

  private func tag(_ number: Int) -> ReplayTags.Tag { ReplayTags.Tag(a: UInt64(number), b: 1 << 40) }
  private func body(_ numbers: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in numbers { tag(number).append(to: &bytes) }
    return bytes
  }

  private func read(_ bytes: [UInt8]) throws -> (past: ReplayFileReader.Past, numbers: [Int]) {
    let disk = ReplayDisk()
    disk.files[Self.path] = bytes
    var reader = ReplayFileReader(file, at: Self.path, in: disk)
    var numbers: [Int] = []
    let past = try reader.read { tag in
      numbers.append(Int(tag.a))
      return numbers.count
    }
    return (past, numbers)
  }

  private func refusal(_ bytes: [UInt8]) -> String? {
    do {
      _ = try read(bytes)
      return nil
    } catch { return "\(error)" }
  }

  private var records: [[UInt8]] {
    ([(0, 0, 0..<10), (1, 0, 10..<11), (0, 1, 11..<40), (1, 1, 40..<45)] as [(Int, UInt32, Range<Int>)]).map {
      file.record(.tags, lane: $0.0, number: $0.1, body: body($0.2))
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    let read = try read(file.head + records.flatMap { $0 })
    #expect(read.numbers == Array(0..<45) && Array(read.past.next.prefix(3)) == [2, 2, 0] && !read.past.isUnfinished)
    let none = ReplayDisk()
    var reader = ReplayFileReader(file, at: Self.path, in: none)
    let past = try reader.read { _ in 0 }
    #expect(!past.isThere)
  }

  /// More than is read at once, with records across the borders of the parts.
  @Test func largeFiles() throws {
    var bytes = file.head
    var count = 0
    for number in 0..<12 as Range<UInt32> {
      let size = number % 3 == 0 ? ReplayFile.tagsMax : 1_000 + Int(number)
      bytes += file.record(.tags, lane: 5, number: number, body: body(count..<count + size))
      count += size
    }
    let read = try read(bytes)
    #expect(read.numbers == Array(0..<count) && bytes.count > 4 << 20)
  }

  @Test func everyCutIsPassedOver() throws {
    let bytes = file.head + records.flatMap { $0 }
    for kept in ReplayFile.headSize..<bytes.count {
      let numbers = try read(Array(bytes.prefix(kept))).numbers
      #expect(numbers == Array(0..<numbers.count))
      // What comes behind a cut is found.
      let lane2 = file.record(.tags, lane: 2, number: 0, body: body(90..<93))
      #expect(try read(bytes.prefix(kept) + lane2).numbers == numbers + [90, 91, 92])
    }
    for kept in 1..<ReplayFile.headSize { #expect(refusal(Array(bytes.prefix(kept)))?.contains("damaged") == true) }
  }

  /// Any bit that is another one in a record with others behind it shows; in a head it shows too.
  @Test func everyFlippedBitShows() throws {
    let bytes = file.head + records.flatMap { $0 }
    let lasts = records[2].count + records[3].count
    for place in 0..<bytes.count - lasts {
      var bytes = bytes
      bytes[place] ^= 1 << UInt8(place % 8)
      #expect(refusal(bytes) != nil, "byte \(place)")
    }
  }

  @Test func everyMissingRecordShows() throws {
    for missing in 0..<2 {
      var some = records
      some.remove(at: missing)
      #expect(refusal(file.head + some.flatMap { $0 })?.contains("missing") == true)
    }
    // One that was written twice does not.
    #expect(try read(file.head + (records[0...0] + records).flatMap { $0 }).past.next[0] == 2)
  }

  @Test func aRunThatHasNotEndedShows() throws {
    let begun = file.record(.begun, lane: 0, number: 0)
    let tags = file.record(.tags, lane: 0, number: 1, body: body(0..<10))
    #expect(try read(file.head + begun).past.isUnfinished)
    #expect(try read(file.head + begun + tags).past.isUnfinished)
    let end = file.end(lane: 0, number: 2, tags: 10)
    #expect(try !read(file.head + begun + tags + end).past.isUnfinished)
    #expect(refusal(file.head + begun + tags + file.end(lane: 0, number: 2, tags: 11))?.contains("missing") == true)
    for kept in 0..<end.count { #expect(try read(file.head + begun + tags + end.prefix(kept)).past.isUnfinished) }
  }
}
