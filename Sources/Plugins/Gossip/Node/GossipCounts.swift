/// What has happened, counted.
package struct GossipCounts: Sendable {
  package var delivered = 0
  package var published = 0
  /// Messages that came and were new, and those that came again.
  package var accepted = 0
  package var duplicates = 0
  package var messagesSent = 0
  package var messagesReceived = 0
  package var controlSent = 0
  package var bytesSent = 0
  package var bytesReceived = 0
  /// Messages that could not be sent in time, or for which there was no room: they were announced instead.
  package var late = 0
  /// Frames refused, by ``FrameRefusal``.
  package var refused = [Int](repeating: 0, count: FrameRefusal.allCases.count)
  package var closedIdle = 0
  /// Neighbours that were sent away because they kept messages to themselves, and because they did not answer.
  package var convicted = 0
  package var replaced = 0
  package var closedStalled = 0
  package var datagramsRefused = 0

  mutating func refuse(_ refusal: FrameRefusal) {
    if let place = FrameRefusal.allCases.firstIndex(of: refusal) { refused[place] += 1 }
  }
}
