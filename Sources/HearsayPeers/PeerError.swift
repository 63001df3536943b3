public import MixNet

/// Why something with a peer did not come to be: a closed list.
public enum PeerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The task that asked was cancelled.
  case cancelled
  /// This side has been closed.
  case closed
  /// The settings, or the system, do not allow it: a sentence for the operator.
  case cannotStart(String)
  /// Nobody answered in time.
  case timeout
  /// Nobody can be talked with there: why the last try failed.
  case unreachable(CloseReason)
  /// There are as many links, peers or streams as may be.
  case tooMany
  /// The message cannot be sent.
  case refused(SendRefusal)
  /// The other side has given the stream up, with messages that it did not confirm.
  case streamGone(Unconfirmed)
  /// The other side has begun anew: whether it got these messages nobody knows.
  case peerRestarted(Unconfirmed)
  /// The peer was away for too long, or others needed its place: whether it got these messages nobody knows.
  case peerLost(Unconfirmed)
  /// Messages that had come from a peer which is gone, and were not received, were too many to be kept.
  case unreadDropped

  /// One sentence.
  public var description: String {
    switch self {
    case .cancelled: "the task was cancelled"
    case .closed: "this side has been closed"
    case .cannotStart(let sentence): sentence
    case .timeout: "nobody answered in time"
    case .unreachable(let reason): "the peer cannot be talked with: \(reason.name)"
    case .tooMany: "there are as many of these as may be"
    case .refused(let refusal): "the message cannot be sent: \(refusal.name)"
    case .streamGone(let left): "the peer has given the stream up\(Self.text(left))"
    case .peerRestarted(let left): "the peer has begun anew\(Self.text(left))"
    case .peerLost(let left): "the peer was away for too long, or others needed its place\(Self.text(left))"
    case .unreadDropped: "messages that had come and were not received were too many to be kept"
    }
  }

  private static func text(_ left: Unconfirmed) -> String {
    left.messages.isEmpty ? "" : "; \(left.messages.count) messages are not confirmed"
  }
}
