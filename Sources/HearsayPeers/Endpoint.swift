import HearsayRuntime
import Messages
import MixHost
import MixNet
import Synchronization

/// What a server and a client have in common: a node that lives as long as they do.
final class Endpoint: Sendable {
  let hub: PeerHub
  /// The first call of ``close(within:)`` ends everything, and has this to tell in the end.
  private let closing = Mutex<(hasBegun: Bool, left: Int)>((false, 0))

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
    let isFirst = closing.withLock { state in
      defer { state.hasBegun = true }
      return !state.hasBegun
    }
    guard isFirst else {
      await hub.waitForEnd()
      return closing.withLock { $0.left }
    }
    let left = await sayFarewell(time.nanos)
    closing.withLock { $0.left = left }
    hub.node.stop()
    await hub.waitForEnd()
    return left
  }

  /// Waits until all is confirmed, and disconnects; gives how much is not confirmed, to a task that is cancelled too.
  private func sayFarewell(_ time: Nanos) async -> Int {
    let _: Int? = try? await hub.ask { $0.close(within: time, $3, $1, &$2) }
    do throws(PeerError) {
      return try await hub.ask(isCancellable: false) { _, stage, turn, promise in
        promise.settle(.success(stage.peers.reduce(0) { $0 + stage.unconfirmed(of: $1) }))
        for peer in stage.peers { stage.disconnect(peer, &turn) }
      }
    } catch { return 0 }
  }
}
