public import MixNet

/// What a stage has seen a node do.
public enum Conduct: String, CaseIterable, Sendable {
  /// Packets that it had to pass on are gone, more than an honest node loses, and nobody else can have lost them.
  case withheld
}

/// Keeps scores of nodes. Stages tell it what they see, and ask it whom they may trust.
///
/// It is told only of what a node did itself: what strangers put into packets is no node's conduct. Any worker may call it at any time;
/// no call waits for long, and none fails.
public protocol ScoreBook: AnyObject, Sendable {
  /// Counts what was seen of a node at a time of the node's own clock.
  func add(_ conduct: Conduct, of node: Bytes32, at time: Instant)
  /// From -1000, the worst, to 1000; 0 for a node of which nothing is known.
  func score(of node: Bytes32, at time: Instant) -> Int
}

extension CapabilityKey where C == any ScoreBook {
  /// Keeps scores of nodes.
  public static var scoreBook: Self { Self("score_book") }
}
