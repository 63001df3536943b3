import HearsayRuntime
import Messages
import MixHost
public import MixNet

/// A peer, by its identity: wherever it was reached, and on however many links.
public struct RemotePeer: Sendable, Hashable {
  let hub: PeerHub
  /// Its address of 32 bytes. It is what the peer says of itself: nothing proves it until links are encrypted.
  public let identity: Bytes32

  /// Opens a stream. It can be used at once; messages wait while there is no link.
  public func open() async throws(PeerError) -> MessageStream {
    let identity = identity
    let name: PeerDesk.Name = try await hub.ask { $0.open(identity, $3, $1, &$2) }
    return MessageStream(hub, name)
  }

  /// True when a link to it is up and messages flow.
  public var isConnected: Bool {
    get async throws(PeerError) {
      let identity = identity
      return try await hub.ask { _, stage, _, promise in promise.settle(.success(stage.isConnected(identity))) }
    }
  }

  /// Ends all streams with it at once, and the links. What had come can still be received. It may come again by itself.
  public func disconnect() async throws(PeerError) {
    let identity = identity
    try await hub.ask { _, stage, turn, promise in
      stage.disconnect(identity, &turn)
      promise.settle(.success(()))
    }
  }

  /// Equal when they are the same peer of the same side.
  public static func == (a: Self, b: Self) -> Bool { a.hub === b.hub && a.identity == b.identity }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}
