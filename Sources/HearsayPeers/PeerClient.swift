public import HearsayRuntime
public import MixNet

/// A side that connects to peers and does not listen.
///
/// ```swift
/// let client = try await PeerClient.start()
/// let peer = try await client.connect(to: .loopback(port: 9_000))
/// let stream = try await peer.open()
/// try await stream.send(Array("hello".utf8))
/// print(String(decoding: try await stream.receive()?.bytes ?? [], as: UTF8.self))
/// try await stream.finish()
/// await client.close()
/// ```
public final class PeerClient: Sendable {
  private let endpoint: Endpoint

  private init(_ endpoint: Endpoint) { self.endpoint = endpoint }

  /// Starts the node behind it.
  public static func start(
    _ settings: PeerSettings = PeerSettings(), on runtime: PeerRuntime = .system
  ) async throws(PeerError) -> PeerClient {
    PeerClient(Endpoint(try await PeerHub.start(settings, listen: nil, on: runtime)))
  }

  /// Its address of 32 bytes, by which peers know it.
  public var identity: Bytes32 { endpoint.identity }

  /// Connects to whoever answers at `target`, or to the node `peer` alone if that is given; tries again and again until one does
  /// or `time` is over. From then on the links are opened again whenever they break, until the peer is forgotten or
  /// disconnected. To connect twice to one peer gives the same peer, on the same links.
  ///
  /// When the time is over, ``PeerError/unreachable(_:)`` says why the last try failed: nobody listens there, the name has no
  /// address, another node answers. ``PeerError/timeout`` is that nothing came back.
  public func connect(
    to target: Address, peer: Bytes32? = nil, within time: Duration = .seconds(10)
  ) async throws(PeerError) -> RemotePeer {
    try await endpoint.connect(to: target, peer: peer, within: time)
  }

  /// The next stream that a peer has opened. Fails when this side is closed.
  public func accept() async throws(PeerError) -> MessageStream { try await endpoint.accept() }

  /// The peers that are known now.
  public var peers: [RemotePeer] { get async throws(PeerError) { try await endpoint.peers() } }

  /// Ends everything: see ``PeerServer/close(within:)``.
  @discardableResult
  public func close(within time: Duration = .seconds(5)) async -> Int { await endpoint.close(within: time) }
}
