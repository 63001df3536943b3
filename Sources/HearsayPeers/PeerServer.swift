public import HearsayRuntime
import MixHost
public import MixNet

/// A side that listens for peers and takes the streams that they open.
///
/// Behind it is a node with one chain (`decode = ["messages"]`) on a thread of its own, or on one that it shares
/// (``PeerRuntime``); tasks leave closures for it and are resumed by it. It lives as long as somebody holds it.
///
/// ```swift
/// let server = try await PeerServer.listen(on: .loopback(port: 9_000))
/// while true {
///   let stream = try await server.accept()
///   Task {
///     for try await message in stream { try await stream.send(message.bytes) }  // an echo
///     try await stream.finish()
///   }
/// }
/// ```
public final class PeerServer: Sendable {
  private let endpoint: Endpoint
  /// Where it really listens: the port that the system chose where 0 was asked for.
  public let address: Address

  private init(_ endpoint: Endpoint, _ address: Address) { (self.endpoint, self.address) = (endpoint, address) }

  /// Starts to listen.
  public static func listen(
    on address: Address, _ settings: PeerSettings = PeerSettings(), on runtime: PeerRuntime = .system
  ) async throws(PeerError) -> PeerServer {
    let hub = try await PeerHub.start(settings, listen: address, on: runtime)
    return PeerServer(Endpoint(hub), hub.node.addresses.first?.address ?? address)
  }

  /// Its address of 32 bytes, by which peers know it.
  public var identity: Bytes32 { endpoint.identity }

  /// The next stream that a peer has opened. Fails when this side is closed.
  public func accept() async throws(PeerError) -> MessageStream { try await endpoint.accept() }

  /// Connects to a peer as a client does: see ``PeerClient/connect(to:peer:within:)``.
  public func connect(
    to target: Address, peer: Bytes32? = nil, within time: Duration = .seconds(10)
  ) async throws(PeerError) -> RemotePeer {
    try await endpoint.connect(to: target, peer: peer, within: time)
  }

  /// The peers that are known now.
  public var peers: [RemotePeer] { get async throws(PeerError) { try await endpoint.peers() } }

  /// Ends the halves of all streams, waits until peers have confirmed everything, for as long as `time` at most, and stops. Tasks
  /// that wait for anything fail with `closed`. Gives how many messages and ends of streams were not confirmed.
  /// A task that is cancelled meanwhile ends everything at once. To close once more is to wait for the same end.
  @discardableResult
  public func close(within time: Duration = .seconds(5)) async -> Int { await endpoint.close(within: time) }
}
