import MixHost
import MixNet

/// What gets the messages of a topic, on any thread of its own: called on the node's worker, it only takes them.
package protocol GossipReader: AnyObject, Sendable {
  /// False when it has no room: the message is dropped for this reader, and counted.
  func take(_ message: GossipMessage) -> Bool
}

/// Who reads which topic.
struct ReaderList {
  private struct Subscription {
    let number: UInt64
    let topic: UInt64
    let reader: any GossipReader
  }

  private var subscriptions: [Subscription] = []
  private var last: UInt64 = 0

  var count: Int { subscriptions.count }

  /// The number ends it.
  mutating func add(_ reader: any GossipReader, of topic: UInt64) -> UInt64 {
    last += 1
    subscriptions.append(Subscription(number: last, topic: topic, reader: reader))
    return last
  }

  /// The topic that nobody reads any more now; nil when there are others, or there was no such subscription.
  mutating func remove(_ number: UInt64) -> UInt64? {
    guard let place = subscriptions.firstIndex(where: { $0.number == number }) else { return nil }
    let topic = subscriptions.remove(at: place).topic
    return subscriptions.contains { $0.topic == topic } ? nil : topic
  }

  /// Says how many readers had no room for it. Nothing is changed while they are called: should one of them come back, nothing is harmed.
  func deliver(_ message: GossipMessage) -> Int {
    var unread = 0
    for subscription in subscriptions where subscription.topic == message.topic {
      if !subscription.reader.take(message) { unread += 1 }
    }
    return unread
  }
}
