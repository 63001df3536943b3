package import MixHost
package import MixNet

/// What a book knows of one node, for operators and tests.
package struct PeerStatistics: Equatable, Sendable {
  /// The node.
  package let node: Bytes32
  /// From -1000 to 1000.
  package let score: Int
  /// What it comes to.
  package let standing: Standing
  /// How often each conduct was told, in the order of `Conduct.allCases`.
  package let counts: [UInt32]
  /// How long ago something was first told of it.
  package let firstSeen: Nanos
  /// How long ago it last showed that it lives; zero while it is connected.
  package let lastSeen: Nanos
  /// How long it was connected in all.
  package let uptime: Nanos
  /// Whether it is now.
  package let isConnected: Bool
  /// How long its ban still lasts; nil when it has none.
  package let bannedFor: Nanos?

  init(_ record: PeerRecord, at now: BookTime) {
    node = record.node
    score = record.score(at: now)
    standing = record.standing(at: now)
    counts = record.counts
    firstSeen = now - record.firstSeen
    isConnected = record.links > 0
    lastSeen = isConnected ? .zero : now - record.lastSeen
    uptime = record.uptime(at: now)
    bannedFor = record.bannedUntil.map { $0 - now }
  }

  /// How often a conduct was told.
  package func count(_ conduct: Conduct) -> Int { Int(counts[Int(conduct.rawValue)]) }

  /// Of what was asked of it, the share that it did, from 0 to 1; nil when nothing was.
  package var successRate: Double? {
    let all = count(.success) + count(.failure)
    return all == 0 ? nil : Double(count(.success)) / Double(all)
  }
}
