import MixHost
import MixNet

/// Learns what links tell of the nodes at their other ends, and reports it to the chain's book.
///
/// Only links count that this node opened to that very node: who came in says who it is, and anybody could give an honest node a bad
/// name. What is in packets counts for nothing: strangers wrote it.
final class ReputationWatch: ObserveStage {
  private let scores: any ScoreBook
  /// Links of which a failed send was told not long ago.
  private var told: [(link: LinkID, again: Instant)] = []

  /// A link's failed sends are one failure in such a time, however many packets there are.
  private static let pause = Nanos.s(10)
  private static let toldMax = 256

  init(_ builder: inout StageBuilder) throws(BuildError) { scores = try builder.capability(.scoreBook) }

  func observe(
    _ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn
  ) {}

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    guard let peer = turn.peer(of: change.link), peer.isExpected, let conduct = Self.conduct(change) else { return }
    scores.add(conduct, of: peer.address, at: turn.now)
  }

  /// What a change says of the node at the other end; nil when it says nothing.
  static func conduct(_ change: LinkChange) -> Conduct? {
    guard !change.isUp else { return .success }
    switch change.reason {
    // It said what no node may say, on a link of its own.
    case .protocolError: return .misbehaved
    // It, or the way to it, is gone or slow.
    case .refused, .unreachable, .timeout, .unresolved, .reset, .stalled, .truncated: return .failure
    // It went in good order, or it was this node that ended the link or could not keep it.
    case .ended, .exhausted, .idle, .replaced, .local, .mismatch, .notChosen, .banned, nil: return nil
    }
  }

  func observe(failedSendOn link: LinkID, _ reason: DropReason, _ turn: inout Turn) {
    // A queue that is full says as much about this node.
    guard reason == .linkStalled || reason == .linkDown else { return }
    let now = turn.now
    guard !told.contains(where: { $0.link == link && $0.again > now }) else { return }
    guard let peer = turn.peer(of: link), peer.isExpected else { return }
    told.removeAll { $0.again <= now }
    guard told.count < Self.toldMax else { return }
    told.append((link, now + Self.pause))
    scores.add(.failure, of: peer.address, at: now)
  }
}
