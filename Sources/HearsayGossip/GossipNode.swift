import Gossip
public import HearsayRuntime
import MixHost
public import MixNet

/// A node of a gossip cluster, in this process: what it publishes comes to all nodes, and it knows who is there.
///
/// Behind it is a node with one chain on a thread of its own, or on one that it shares; tasks leave closures for it and are resumed by it. It lives as long as somebody
/// holds it.
///
/// ```swift
/// var settings = ClusterSettings(key: key)
/// settings.seeds = [seed]
/// let node = try await GossipNode.join(settings, listen: address)
/// let news = try await node.subscribe("news")
/// try await node.publish(Array("hello".utf8), to: "news")
/// for await message in news { print(String(decoding: message.bytes, as: UTF8.self)) }
/// await node.leave()
/// ```
public final class GossipNode: Sendable {
  /// The largest message, in bytes.
  public static let messageMax = Chunk.payloadMax

  private let hub: Hub
  /// Where it listens.
  public let address: Address

  private init(_ hub: Hub, _ address: Address) { (self.hub, self.address) = (hub, address) }

  deinit { hub.handle.stop() }

  /// Starts a node. It is there when this returns, and finds the others by itself: ``members`` tells how far it is. `listen`: an address with a port,
  /// by which others reach it, unless the settings say another.
  public static func join(
    _ settings: ClusterSettings, listen: Address, on runtime: ClusterRuntime = .system
  ) async throws(ClusterError) -> GossipNode {
    let seed = runtime.entropy.seed()
    let name = settings.name ?? FacadeText.name("node", seed)
    let handle = try await NodeHandle<ClusterError>.start(
      try settings.configuration(name: name, listen: listen), plugins: [.gossip], files: settings.files, seed: seed,
      on: runtime, began: { _ in })
    return GossipNode(Hub(handle), handle.node.addresses.first?.address ?? listen)
  }

  /// Its address of 32 bytes, by which others know it.
  public var identity: Bytes32 { hub.handle.node.blueprint.facts.address }

  /// Publishes a message. Waits while too much waits already, in the order of the calls; returns when the node has taken the message. Who gets
  /// it, nobody says. A task that is cancelled while it waits has not published.
  public func publish(
    _ bytes: [UInt8], to topic: String, priority: ClusterMessage.Priority = .normal
  ) async throws(ClusterError) {
    while true {
      let outcome: PublishOutcome = try await hub.ask { stage, turn, promise in
        stage.whenThereIsRoom(toPublish: bytes.count, &turn) { stage, turn in
          guard promise.claim() else { return }
          promise.settle(.success(stage.publish(bytes, topic: topic, priority: priority.header, &turn)))
        }
      }
      switch outcome {
      // One that is the same as another is there already.
      case .accepted, .queued, .refused(.duplicate): return
      case .refused(.full): continue
      case .refused(.stopped): throw .closed
      case .refused(.wrongSize): throw .wrongSize
      }
    }
  }

  /// The messages of a topic from now on; with history, those that the node still keeps as well. `bufferBytes`: what may wait to be read.
  public func subscribe(
    _ topic: String, withHistory: Bool = false, bufferBytes: Int = 16 << 20
  ) async throws(ClusterError) -> ClusterMessages {
    let buffer = MessageBuffer(bytesMax: bufferBytes)
    guard hub.handle.whenEnded(buffer, { buffer.end() }) else { throw .closed }
    let number: UInt64 = try await hub.ask { stage, _, promise in
      guard promise.claim() else { return }
      promise.settle(.success(stage.subscribe(topic, buffer, withHistory: withHistory)))
    }
    return ClusterMessages(hub, buffer, number)
  }

  /// The nodes that are known, this one first.
  public var members: [ClusterMember] {
    get async throws(ClusterError) {
      try await hub.ask { stage, _, promise in promise.settle(.success(stage.members.map(ClusterMember.init))) }
    }
  }

  /// Says goodbye to the others and stops. Subscriptions end; tasks that wait to publish fail with `closed`.
  public func leave() async {
    hub.handle.node.stop()
    await hub.handle.waitForEnd()
  }

  /// The node's stage, as tasks reach it.
  struct Hub: Sendable {
    let handle: NodeHandle<ClusterError>

    init(_ handle: NodeHandle<ClusterError>) { self.handle = handle }

    /// Calls `body` on the node's thread, if there is still one.
    func tell(_ body: @escaping @Sendable (GossipStage, inout Turn) -> Void) {
      _ = handle.node.tell(ClusterSettings.stage, of: ClusterSettings.chain) { stage, turn in
        if let stage = stage as? GossipStage { body(stage, &turn) }
      }
    }

    func ask<Value: Sendable>(
      _ body: @escaping @Sendable (GossipStage, inout Turn, Promise<Value, ClusterError>) -> Void
    ) async throws(ClusterError) -> Value {
      try await handle.ask { promise in tell { stage, turn in body(stage, &turn, promise) } }
    }
  }
}
