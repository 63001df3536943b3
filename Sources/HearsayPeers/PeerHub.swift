import Messages
import MixHost
import MixNet
import Synchronization

/// The node behind a facade, as tasks see it. They leave closures for its thread; what they wait for, it gives.
final class PeerHub: Sendable {
  let node: Node
  let settings: PeerSettings
  private struct State {
    var isOver = false
    /// Those who wait, so that the end of the node is the end of their wait.
    var waiting: [ObjectIdentifier: any Breakable] = [:]
  }
  private let state = Mutex(State())

  private init(_ node: Node, _ settings: PeerSettings) { (self.node, self.settings) = (node, settings) }

  /// Makes and starts a node.
  static func start(
    _ settings: PeerSettings, listen: Address?, on runtime: PeerRuntime
  ) async throws(PeerError) -> PeerHub {
    let seed = runtime.entropy.seed()
    var random = RandomStream(seed: seed.derived("name"))
    let name = settings.name ?? "peer-" + Hex.text((0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    let file = ConfigFile(text: try settings.configuration(name: name, listen: listen), name: "settings")
    let loader = NodeLoader(
      registry: Registry([.messages]), files: NoFiles(), wall: runtime.wall(), base: ".",
      directory: { _ in .success(NetworkDirectory()) })
    guard let blueprint = loader.load(file).blueprint else {
      throw .cannotStart(file.mistakes.map(\.description).joined(separator: "\n"))
    }
    let hub = PeerHub(Node(blueprint, seed: seed), settings)
    let began = Promise<Void>()
    runtime.run(
      hub.node,
      { error in
        if error == nil { hub.tell { desk, stage, _ in stage.application = desk } }
        began.settle(error.map { .failure($0) } ?? .success(()))
      },
      { hub.end() })
    do {
      try await began.wait().get()
    } catch {
      hub.stop()
      throw error
    }
    return hub
  }

  /// The node has ended: nobody waits for it any more.
  private func end() {
    let waiting = state.withLock { state in
      state.isOver = true
      defer { state.waiting = [:] }
      return state.waiting.values.map { $0 }
    }
    for promise in waiting { promise.fail(.closed) }
  }

  /// Stops the node at once.
  func stop() { node.stop(atOnce: true) }

  /// Calls `body` on the node's thread, if there is still one.
  func tell(_ body: @escaping @Sendable (PeerDesk, MessagesStage, inout Turn) -> Void) {
    let settings = settings
    _ = node.tell(PeerSettings.stage, of: PeerSettings.chain) { stage, turn in
      guard let stage = stage as? MessagesStage else { return }
      body(stage.application as? PeerDesk ?? PeerDesk(settings), stage, &turn)
    }
  }

  /// Asks the node's thread for something and waits for it; a task that is cancelled waits no longer, unless it must.
  func ask<Value: Sendable>(
    isCancellable: Bool = true,
    _ body: @escaping @Sendable (PeerDesk, MessagesStage, inout Turn, Promise<Value>) -> Void
  ) async throws(PeerError) -> Value {
    let promise = Promise<Value>()
    let isThere = state.withLock { state in
      if !state.isOver { state.waiting[ObjectIdentifier(promise)] = promise }
      return !state.isOver
    }
    guard isThere else { throw .closed }
    tell { desk, stage, turn in body(desk, stage, &turn, promise) }
    let result = await isCancellable ? promise.wait() : promise.waitToTheEnd()
    state.withLock { _ = $0.waiting.removeValue(forKey: ObjectIdentifier(promise)) }
    if case .failure(.cancelled) = result { tell { $0.forgetTheCancelled($1, &$2) } }
    return try result.get()
  }

  /// Waits until the node has ended; a task that is cancelled waits no longer.
  func waitForEnd() async {
    let promise = Promise<Void>()
    let isThere = state.withLock { state in
      if !state.isOver { state.waiting[ObjectIdentifier(promise)] = promise }
      return !state.isOver
    }
    if isThere { _ = await promise.wait() }
  }
}
