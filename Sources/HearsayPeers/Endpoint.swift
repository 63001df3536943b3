import Messages
import MixHost
import MixNet

/// What a server and a client have in common: a node that lives as long as they do.
final class Endpoint: Sendable {
  let hub: PeerHub

  init(_ hub: PeerHub) { self.hub = hub }

  deinit { hub.stop() }

  var identity: Bytes32 { hub.node.blueprint.facts.address }

  func connect(to target: Address, peer: Bytes32?, within time: Duration) async throws(PeerError) -> RemotePeer {
    let time = time.nanos
    let identity: Bytes32 = try await hub.ask {
      $0.connect(to: target, peer: peer, within: time, $3, $1, &$2)
    }
    return RemotePeer(hub: hub, identity: identity)
  }

  func accept() async throws(PeerError) -> MessageStream {
    MessageStream(hub, try await hub.ask { desk, _, _, promise in desk.accept(promise) })
  }

  func peers() async throws(PeerError) -> [RemotePeer] {
    let identities: [Bytes32] = try await hub.ask { _, stage, _, promise in promise.settle(.success(stage.peers)) }
    return identities.map { RemotePeer(hub: hub, identity: $0) }
  }

  /// Ends everything: see ``PeerServer/close(within:)``.
  func close(within time: Duration) async -> Int {
    let time = time.nanos
    var left = 0
    do throws(PeerError) {
      left = try await hub.ask { $0.close(within: time, $3, $1, &$2) }
    } catch {}
    hub.tell { _, stage, turn in for peer in stage.peers { stage.disconnect(peer, &turn) } }
    hub.node.stop()
    await hub.waitForEnd()
    return left
  }
}
