package import MixNet

/// What neighbours say to each other about messages. Big-endian, the first byte is the kind:
/// `1 announce | { id 16 | origin 8 | hop 1 }...`, `2 graft | id 16 | origin 8`, `3 prune | origin 8`, `4 not found | id 16`,
/// `5 digest | wants an answer 1 |` an ``OriginDigest``, `6 not wanted | id 16`.
package enum TreeMessage: Hashable, Sendable {
  /// The sender has these messages.
  case announce([Announcement])
  /// Send this message, and all later ones of its origin.
  case graft(Bytes16, origin: UInt64)
  /// Send no more messages of this origin, only announcements.
  case prune(origin: UInt64)
  /// The message that was asked for is gone.
  case notFound(Bytes16)
  /// What the sender has of some origins: send what it lacks, and, if it asks for that, a digest of your own.
  case digest(OriginDigest, wantsAnswer: Bool)
  /// The sender has this large message, or is getting it: do not send it.
  case notWanted(Bytes16)

  /// The same, without saying how far from their origins messages are.
  package var withoutHops: TreeMessage {
    guard case .announce(let all) = self else { return self }
    return .announce(all.map { Announcement(id: $0.id, origin: $0.origin, hop: 0) })
  }

  /// What a neighbour's rate pays for it.
  package var cost: UInt64 { if case .announce(let all) = self { UInt64(all.count) } else { 10 } }

  /// Announcements in one message, at most.
  package static let announcementsMax = 64
  private static let announcementSize = 25

  package var bytes: [UInt8] {
    switch self {
    case .announce(let all):
      var bytes = [UInt8](repeating: 0, count: 1 + all.count * Self.announcementSize)
      var span = bytes.mutableSpan
      span.put(bigEndian: 1 as UInt8, at: 0)
      for (number, one) in all.enumerated() {
        let place = 1 + number * Self.announcementSize
        one.id.write(to: &span, at: place)
        span.put(bigEndian: one.origin, at: place + 16)
        span.put(bigEndian: one.hop, at: place + 24)
      }
      return bytes
    case .graft(let id, let origin): return [2] + id.array + Self.bytes(origin)
    case .prune(let origin): return [3] + Self.bytes(origin)
    case .notFound(let id): return [4] + id.array
    case .digest(let digest, let wantsAnswer): return [5, wantsAnswer ? 1 : 0] + digest.bytes
    case .notWanted(let id): return [6] + id.array
    }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }

  /// Reads a message; nil when the bytes are none.
  package init?(_ bytes: Span<UInt8>) {
    guard bytes.count > 0 else { return nil }
    switch (bytes[0], bytes.count) {
    case (1, _):
      let count = (bytes.count - 1) / Self.announcementSize
      guard 1...Self.announcementsMax ~= count, bytes.count == 1 + count * Self.announcementSize else { return nil }
      var all: [Announcement] = []
      all.reserveCapacity(count)
      for place in stride(from: 1, to: bytes.count, by: Self.announcementSize) {
        all.append(
          Announcement(
            id: Bytes16(bytes, at: place), origin: bytes.bigEndianWord(at: place + 16), hop: bytes[place + 24]))
      }
      self = .announce(all)
    case (2, 25): self = .graft(Bytes16(bytes, at: 1), origin: bytes.bigEndianWord(at: 17))
    case (3, 9): self = .prune(origin: bytes.bigEndianWord(at: 1))
    case (4, 17): self = .notFound(Bytes16(bytes, at: 1))
    case (5, 3...):
      guard bytes[1] <= 1, let digest = OriginDigest(bytes.extracting(2...)) else { return nil }
      self = .digest(digest, wantsAnswer: bytes[1] == 1)
    case (6, 17): self = .notWanted(Bytes16(bytes, at: 1))
    default: return nil
    }
  }
}
