public import MixNet

/// What a stage has seen a node do: what the node itself did, never what strangers put into packets that it passed on. A fault that
/// the next honest node would have passed on as well is nobody's conduct.
public enum Conduct: UInt8, CaseIterable, Sendable {
  /// It did what it was asked: it was reached, or was the first to bring something that is right. Told by whoever asked.
  case success
  /// It could not be reached, or did not take what was sent to it in time. Told by whoever sent. Slow nodes are no enemies: this never bans.
  case failure
  /// Packets that it had to pass on are gone, more than an honest node loses, and nobody else can have lost them. Told by whoever sends
  /// packets that come home. It may be the node's network, so this never bans.
  case withheld
  /// It sent, or passed on as checked, what no honest node does: a signature, a hash or a form that is wrong. Told only where every node
  /// checks before it passes on; in a chain of mixes nobody can.
  case invalid
  /// It broke the rules of a link or of a protocol between neighbours: a frame too large, a promise not kept, more than its rate.
  /// Told by the neighbour to which it did so.
  case misbehaved
  /// It claimed to be somebody else, or sent what was made to do harm when it is opened. Told by whoever has the proof at hand: this
  /// bans at once.
  case forged
}

/// What a score comes to.
public enum Standing: UInt8, CaseIterable, Sendable {
  /// Much good is known of it.
  case trusted
  /// Nothing in particular.
  case neutral
  /// Its score is low: prefer others.
  case warned
  /// It is shut out for a time.
  case banned
}

/// Keeps scores of nodes. Stages tell it what they see, and ask it whom they may trust.
///
/// It is told only of what a node did itself: what strangers put into packets is no node's conduct. Any worker may call it at any time;
/// no call waits for long, and none fails. Calls take a lock: ask when a link comes up, never for each packet.
public protocol ScoreBook: AnyObject, Sendable {
  /// Counts what was seen of a node at a time of the node's own clock.
  func add(_ conduct: Conduct, of node: Bytes32, at time: Instant)
  /// From -1000, the worst, to 1000; 0 for a node of which nothing is known.
  func score(of node: Bytes32, at time: Instant) -> Int
  /// What the score, and a ban that lasts, come to.
  func standing(of node: Bytes32, at time: Instant) -> Standing
  /// What the application thinks of a node, from -300 to 300, in place of what it thought before. It moves the score and bans nobody.
  func setOpinion(_ opinion: Int, of node: Bytes32, at time: Instant)
  /// How many nodes that are connected share the node's host (IPv4) or its /64 (IPv6), itself among them. It moves the score and bans
  /// nobody. Told by whoever knows addresses, and not for nodes of this machine.
  func setCrowd(_ nodes: Int, of node: Bytes32, at time: Instant)
}

extension ScoreBook {
  /// By the score alone: nobody is banned.
  public func standing(of node: Bytes32, at time: Instant) -> Standing {
    switch score(of: node, at: time) {
    case ...(-100): .warned
    case 100...: .trusted
    default: .neutral
    }
  }
  /// Leaves it aside.
  public func setOpinion(_ opinion: Int, of node: Bytes32, at time: Instant) {}
  /// Leaves it aside.
  public func setCrowd(_ nodes: Int, of node: Bytes32, at time: Instant) {}
}

extension CapabilityKey where C == any ScoreBook {
  /// Keeps scores of nodes.
  public static var scoreBook: Self { Self("score_book") }
}
