@testable import MixNet

/// What one application knows of its streams: what it has sent on each, and what it was told.
struct StreamView {
  private struct Stream {
    var sent: [[UInt8]] = []
    var confirmed: UInt64 = 0
    var isFinishTold = false
  }

  private var streams: [StreamID: Stream] = [:]

  func isOpen(_ id: StreamID) -> Bool { streams[id] != nil }
  func sentCount(on id: StreamID) -> Int { streams[id]?.sent.count ?? 0 }

  mutating func opened(_ id: StreamID) {
    check(streams[id] == nil, "\(id) is opened twice")
    streams[id] = Stream()
  }

  mutating func sent(_ message: [UInt8], on id: StreamID) { streams[id]?.sent.append(message) }

  mutating func note(_ events: [ConversationEvent]) {
    check(events.count <= 16, "\(events.count) events at once")
    for event in events {
      switch event {
      case .opened(let id): opened(id)
      case .readable(let id), .writable(let id), .ended(let id): check(isOpen(id), "\(id) is not open")
      case .confirmed(let id, let before):
        guard let stream = streams[id] else { fatalError("\(id) is not open") }
        let isNews = before > stream.confirmed && before <= stream.sent.count
        check(isNews, "\(before) is confirmed of \(stream.sent.count)")
        streams[id]?.confirmed = before
      case .finished(let id):
        check(isOpen(id) && streams[id]?.isFinishTold == false, "\(id) is finished twice")
        streams[id]?.isFinishTold = true
      case .closed(let id):
        guard let stream = streams.removeValue(forKey: id) else { fatalError("\(id) is not open") }
        check(stream.confirmed == stream.sent.count && stream.isFinishTold, "\(id) is closed too early")
      case .gone(let id, let left): over(id, with: left)
      }
    }
  }

  /// A stream is over before its time: all that was not confirmed is told, and nothing else.
  mutating func over(_ id: StreamID, with left: Unconfirmed) {
    guard let stream = streams.removeValue(forKey: id) else { fatalError("\(id) is not open") }
    check(left.first == stream.confirmed, "\(left.first) is the first of \(id), and \(stream.confirmed) are confirmed")
    check(left.messages == Array(stream.sent[Int(left.first)...]), "not all of \(id) is told")
  }

  /// The conversation is over.
  mutating func end(_ left: [(stream: StreamID, unconfirmed: Unconfirmed)]) {
    for (id, unconfirmed) in left { over(id, with: unconfirmed) }
    check(streams.isEmpty, "\(streams.count) streams are not told of")
  }
}
