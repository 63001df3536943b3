import Gossip
import MixNet
import Testing

struct TreeMessageTests {
  private static func read(_ bytes: [UInt8]) -> TreeMessage? { TreeMessage(bytes.span) }

  private static func messages() -> [TreeMessage] {
    var windows = OriginWindows(capacity: 4, seed: Seed(4))
    for number in [1, 3, 70] as [UInt64] { _ = windows.mark(9, epoch: 1, number, now: .zero) }
    let digest = OriginDigest(windows, from: 0, since: .zero)
    let announcements = (1...64).map {
      Announcement(id: Bytes16([UInt8($0)]), origin: UInt64($0) << 32, hop: UInt8($0))
    }
    return [
      .announce(announcements), .announce([announcements[3]]), .graft(Bytes16([1, 2]), origin: .max), .prune(origin: 7),
      .notFound(Bytes16([3])), .digest(digest, wantsAnswer: true), .digest(digest, wantsAnswer: false),
    ]
  }

  @Test func whatIsWrittenIsRead() {
    for message in Self.messages() {
      let bytes = message.bytes
      #expect(Self.read(bytes) == message)
      // A list of announcements may be cut between two of them.
      for length in 0..<bytes.count where bytes[0] != 1 || length % 25 != 1 || length == 1 {
        #expect(Self.read(Array(bytes.prefix(length))) == nil, "\(length) of \(message)")
      }
      #expect(Self.read(bytes + [0]) == nil)
    }
    #expect(Self.read([UInt8](repeating: 1, count: 1 + 65 * 25)) == nil)
  }

  /// Whatever is read is written as it was.
  @Test func bytesThatAreNone() {
    var random = RandomStream(seed: Seed(1))
    for message in Self.messages() {
      for _ in 0..<3_000 {
        var other = message.bytes
        for _ in 0..<1 + random.below(3) { other[Int(random.below(UInt64(other.count)))] = UInt8(random.below(256)) }
        if let read = Self.read(other) { #expect(read.bytes == other) }
      }
    }
  }
}
