import MixNet
import Synchronization

/// A stream of bytes without borders, both ways, over a ``MessageStream`` of which nobody else makes use.
///
/// ```swift
/// let bytes = ByteStream(stream)
/// try await bytes.write(file)
/// try await bytes.finish()
/// while let part = try await bytes.read(upTo: 4_096) { handle(part) }
/// ```
public final class ByteStream: Sendable {
  /// The stream that carries it.
  public let stream: MessageStream
  /// What came and was not asked for yet, from a place on.
  private let rest = Mutex<(bytes: [UInt8], start: Int)>(([], 0))

  /// The bytes of a stream.
  public init(_ stream: MessageStream) { self.stream = stream }

  /// Sends bytes, as many as there are; waits while there is no room. A task that is cancelled may have sent the first of them.
  public func write(_ bytes: [UInt8]) async throws(PeerError) {
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + stream.messageMax)
      try await stream.send(start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end]))
      start = end
    }
  }

  /// The next bytes, at least one and at most `count`; nil when the other side has ended its half. One task at a time may read.
  public func read(upTo count: Int) async throws(PeerError) -> [UInt8]? {
    guard count > 0 else { return [] }
    while true {
      if let bytes = takeRest(count) { return bytes }
      guard let message = try await stream.receive() else { return nil }
      rest.withLock { $0 = (message.bytes, 0) }
    }
  }

  private func takeRest(_ count: Int) -> [UInt8]? {
    rest.withLock { rest in
      guard rest.start < rest.bytes.count else { return nil }
      let end = min(rest.bytes.count, rest.start + count)
      defer { rest.start = end }
      return Array(rest.bytes[rest.start..<end])
    }
  }

  /// Waits until the other side has everything that was written so far.
  public func flush() async throws(PeerError) { try await stream.flush() }

  /// Ends this side's half: what was written still arrives, nothing follows.
  public func finish() async throws(PeerError) { try await stream.finish() }
}
