import HearsayRuntime
import Messages
import MixHost
public import MixNet

/// One of several streams of messages between two peers, used by any tasks.
///
/// Reliable messages come once and in order, whatever happens to the links, as long as neither side begins anew; then both
/// halves throw, and the side that goes on is told which messages nobody has confirmed. Each half ends by itself:
/// ``finish()`` here, nil from ``receive()`` there. A stream of which nobody holds a reference any more is given up, or, if this
/// side had ended its half, goes on in the background until all is confirmed.
///
/// ```swift
/// for try await message in stream { try await stream.send(message.bytes) }
/// try await stream.finish()
/// ```
public final class MessageStream: Sendable {
  private let hub: PeerHub
  private let name: PeerDesk.Name

  init(_ hub: PeerHub, _ name: PeerDesk.Name) { (self.hub, self.name) = (hub, name) }

  deinit {
    let name = name
    hub.tell { $0.letGo(name, $1, &$2) }
  }

  /// Who is at the other end.
  public var peer: RemotePeer { RemotePeer(hub: hub, identity: name.peer) }
  /// The largest message in bytes.
  public var messageMax: Int { hub.settings.messageMax }

  private func ask<Value: Sendable>(
    _ body: @escaping @Sendable (StreamDesk, PeerDesk.Name, MessagesStage, inout Turn, Promise<Value>) -> Void
  ) async throws(PeerError) -> Value {
    let name = name
    return try await hub.ask { desk, stage, turn, promise in
      guard let stream = desk.desks[name] else { return promise.settle(.failure(.refused(.noStream))) }
      body(stream, name, stage, &turn, promise)
    }
  }

  /// Sends a reliable message; waits while there is no room for it. It has not arrived when this returns: ``flush()`` tells.
  /// A task that is cancelled while it waits has not sent it.
  public func send(_ message: [UInt8]) async throws(PeerError) {
    try await ask { $0.write(message, $4, $1, $2, &$3) }
  }

  /// Queues a message of any class if there is room now, and says what became of it.
  public func offer(_ message: [UInt8], as sendClass: SendClass = .reliable) async throws(PeerError) -> SendResult {
    try await ask { stream, name, stage, turn, promise in
      guard promise.claim() else { return }
      promise.settle(stream.offer(message, sendClass, name, stage, &turn))
    }
  }

  /// The next message; nil when the other side has ended its half. Messages of class control and lossy come as soon as they are
  /// there, before reliable ones that wait. What had come before the stream was over comes before the error that tells why.
  public func receive() async throws(PeerError) -> PeerMessage? {
    try await ask { $0.read($4, $1, $2, &$3) }
  }

  /// Waits until the other side has everything that was sent so far: not until its application has taken it.
  public func flush() async throws(PeerError) { try await ask { stream, _, _, _, promise in stream.flush(promise) } }

  /// Ends this side's half: what was sent still arrives, nothing follows.
  public func finish() async throws(PeerError) { try await ask { $0.finish($4, $1, $2, &$3) } }

  /// Gives the stream up at once, both halves, with what was not received.
  public func reset() {
    let name = name
    hub.tell { $0.reset(name, $1, &$2) }
  }
}

extension MessageStream: AsyncSequence {
  /// Takes the messages of a stream.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let stream: MessageStream
    /// The next message; nil at the end of the other side's half.
    public mutating func next() async throws(PeerError) -> PeerMessage? { try await stream.receive() }
    /// The next message, wherever the caller runs.
    public mutating func next(isolation: isolated (any Actor)?) async throws(PeerError) -> PeerMessage? {
      try await stream.receive()
    }
  }
  /// The messages that come, to the end of the other side's half.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}
