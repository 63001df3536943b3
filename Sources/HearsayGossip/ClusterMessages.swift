import Gossip
import HearsayRuntime
import MixHost

/// The messages of a topic, from the moment of the subscription on. It ends when the node leaves the cluster, after what had come. Who holds
/// no reference to it any more has unsubscribed.
///
/// What waits to be read is bounded: the oldest messages give way, and the next one that is read says how many
/// (``ClusterMessage/lostBefore``). A reader never holds up the node.
public final class ClusterMessages: AsyncSequence, Sendable {
  private let hub: GossipNode.Hub
  private let buffer: MessageBuffer
  private let number: UInt64

  init(_ hub: GossipNode.Hub, _ buffer: MessageBuffer, _ number: UInt64) {
    (self.hub, self.buffer, self.number) = (hub, buffer, number)
  }

  deinit {
    let number = number
    buffer.end()
    hub.handle.forget(buffer)
    hub.tell { stage, _ in stage.unsubscribe(number) }
  }

  /// Takes the messages.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let messages: ClusterMessages
    /// The next message; nil at the end, and for a task that is cancelled.
    public mutating func next() async -> ClusterMessage? { await messages.buffer.next() }
    /// The next message, wherever the caller runs.
    public mutating func next(isolation: isolated (any Actor)?) async -> ClusterMessage? {
      await messages.buffer.next()
    }
  }

  /// The messages that come. Several iterators share them.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: self) }
}
