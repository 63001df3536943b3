package import MixHost
package import MixNet
import Synchronization

/// The node behind a facade, as tasks see it. They leave closures for its thread; what they wait for, it gives.
package final class NodeHandle<Failure: FacadeError>: Sendable {
  package let node: Node
  private struct State {
    var isOver = false
    /// What is to be done for those who wait, so that the end of the node is the end of their wait.
    var waiting: [ObjectIdentifier: @Sendable () -> Void] = [:]
  }
  private let state = Mutex(State())

  private init(_ node: Node) { self.node = node }

  /// Makes a node of a configuration and starts it; `began` is called before it is known to have begun.
  package static func start(
    _ configuration: String, plugins: [Plugin], files: FilesInMemory, seed: Seed, on runtime: NodeRuntime,
    began: @escaping @Sendable (NodeHandle) -> Void
  ) async throws(Failure) -> NodeHandle {
    let file = ConfigFile(text: configuration, name: "settings")
    let loader = NodeLoader(
      registry: Registry(plugins), files: files, wall: runtime.wall(), base: ".",
      directory: { _ in .success(NetworkDirectory()) })
    guard let blueprint = loader.load(file).blueprint else {
      throw .cannotStart(file.mistakes.map(\.description).joined(separator: "\n"))
    }
    let handle = NodeHandle(Node(blueprint, seed: seed))
    let started = Promise<Void, Failure>()
    runtime.run(
      handle.node,
      { sentence in
        if sentence == nil { began(handle) }
        started.settle(sentence.map { .failure(.cannotStart($0)) } ?? .success(()))
      },
      { handle.end() })
    do throws(Failure) {
      try await started.wait().get()
    } catch {
      handle.stop()
      throw error
    }
    return handle
  }

  /// The node has ended: nobody waits for it any more.
  private func end() {
    let waiting = state.withLock { state in
      state.isOver = true
      defer { state.waiting = [:] }
      return state.waiting.values.map { $0 }
    }
    for tell in waiting { tell() }
  }

  /// Stops the node at once.
  package func stop() { node.stop(atOnce: true) }

  /// Has `body` called when the node has ended, unless ``forget(_:)`` comes first; false when it has ended already.
  package func whenEnded(_ object: AnyObject, _ body: @escaping @Sendable () -> Void) -> Bool {
    let name = ObjectIdentifier(object)
    return state.withLock { state in
      if !state.isOver { state.waiting[name] = body }
      return !state.isOver
    }
  }

  package func forget(_ object: AnyObject) {
    let name = ObjectIdentifier(object)
    state.withLock { _ = $0.waiting.removeValue(forKey: name) }
  }

  /// Waits for what `begin` has the node's thread give; a task that is cancelled waits no longer, unless it must.
  package func ask<Value: Sendable>(
    isCancellable: Bool = true, _ begin: (Promise<Value, Failure>) -> Void
  ) async throws(Failure) -> Value {
    let promise = Promise<Value, Failure>()
    guard whenEnded(promise, { promise.settle(.failure(.closed)) }) else { throw .closed }
    begin(promise)
    let result = await isCancellable ? promise.wait() : promise.waitToTheEnd()
    forget(promise)
    return try result.get()
  }

  /// Waits until the node has ended; a task that is cancelled waits no longer.
  package func waitForEnd() async {
    let promise = Promise<Void, Failure>()
    if whenEnded(promise, { promise.settle(.success(())) }) { _ = await promise.wait() }
  }
}
