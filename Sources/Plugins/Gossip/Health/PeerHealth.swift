package import MixNet

/// What a ``HealthBook`` knows of one peer, for operators and tests.
package struct PeerHealth: Equatable, Sendable {
  /// The peer.
  package let id: Bytes32
  package let health: Health
  package let isConnected: Bool
  /// How long ago it was first connected; and when anything came from it last.
  package let firstConnected: Nanos
  package let lastSeen: Nanos
  /// How long it was connected in all, as long as it has been known.
  package let uptime: Nanos
  /// Checks failed in a row.
  package let failures: Int
  /// Checks that it passed, by an answer or by what it said anyway, and that it failed.
  package let passed: UInt64
  package let failed: UInt64
  /// How long answers to checks take: a moving average in which the last one counts for an eighth, the longest, and of
  /// how many.
  package let latency: Nanos
  package let latencyMax: Nanos
  package let latencySamples: UInt64

  init(_ peer: PeerLife, _ settings: HealthSettings, at now: Instant) {
    (id, health, isConnected) = (peer.id, peer.health(settings), peer.isConnected)
    (firstConnected, lastSeen, uptime) = (now - peer.firstConnected, now - peer.lastSeen, peer.uptime(now))
    (failures, passed, failed) = (peer.failures, peer.passed, peer.failed)
    (latency, latencyMax) = (peer.latency.smoothed, peer.latency.most)
    latencySamples = peer.latency.count
  }

  /// Of its checks the share that it passed, from 0 to 1; nil before the first.
  package var successRate: Double? {
    passed + failed == 0 ? nil : Double(passed) / (Double(passed) + Double(failed))
  }
}
