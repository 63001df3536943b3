import HearsayRuntime

/// Why something with a cluster did not come to be: a closed list.
public enum ClusterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The task that asked was cancelled.
  case cancelled
  /// The node has left the cluster.
  case closed
  /// The settings, or the system, do not allow it: a sentence for the operator.
  case cannotStart(String)
  /// A message has no bytes, or more than ``GossipNode/messageMax``.
  case wrongSize

  /// One sentence.
  public var description: String {
    switch self {
    case .cancelled: "the task was cancelled"
    case .closed: "the node has left the cluster"
    case .cannotStart(let sentence): sentence
    case .wrongSize: "a message has 1 to \(GossipNode.messageMax) bytes"
    }
  }
}

extension ClusterError: FacadeError {}
