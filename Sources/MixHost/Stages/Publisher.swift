/// A stage through which other chains of the node, and programs, publish messages to a cluster.
public protocol Publisher: Stage {
  /// Publishes a message under a topic, in the node's own name: nil when it was taken, or why not.
  func take(_ payload: [UInt8], for topic: String, _ turn: inout Turn) -> DropReason?
}
