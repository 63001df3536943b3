package import MixNet

/// What ``PeerCounters`` had counted at a moment. Each number was right at some time while it was read.
package struct CounterSnapshot: Equatable, Sendable {
  /// Messages, and the bytes of all of them.
  package struct Volume: Equatable, Sendable {
    package let messages: UInt64
    package let bytes: UInt64
  }

  /// The same a second, over the last ten seconds.
  package struct Rate: Equatable, Sendable {
    package let messages: Double
    package let bytes: Double
  }

  /// For how long it was counted.
  package let span: Nanos
  package let sent: Volume
  package let received: Volume
  /// What could not be sent.
  package let failed: Volume
  /// What the node gave up itself.
  package let dropped: Volume
  /// Connections that came up, that went down, and that never came up.
  package let opened: UInt64
  package let closed: UInt64
  package let failedToOpen: UInt64
  /// Those that are up now.
  package let active: UInt64
  /// How long answers take: a moving average in which the last one counts for an eighth, the longest, and of how many.
  package let latency: Nanos
  package let latencyMax: Nanos
  package let latencySamples: UInt64
  package let sentRate: Rate
  package let receivedRate: Rate
  package let failedRate: Rate
  package let droppedRate: Rate

  /// Of the messages that were to be sent the share that was, from 0 to 1; nil when there was none. What the node gave
  /// up itself says nothing of its peers, and is not among them.
  package var successRate: Double? {
    let all = Double(sent.messages) + Double(failed.messages)
    return all == 0 ? nil : Double(sent.messages) / all
  }

  /// The same share over the last ten seconds.
  package var recentSuccessRate: Double? {
    let all = sentRate.messages + failedRate.messages
    return all == 0 ? nil : sentRate.messages / all
  }
}
