import HearsayRuntime
import Messages
import MixHost
import MixNet

/// The node behind a facade, as tasks see it, with what waits on its thread.
final class PeerHub: Sendable {
  let settings: PeerSettings
  private let handle: NodeHandle<PeerError>

  private init(_ handle: NodeHandle<PeerError>, _ settings: PeerSettings) {
    (self.handle, self.settings) = (handle, settings)
  }

  /// Makes and starts a node.
  static func start(
    _ settings: PeerSettings, listen: Address?, on runtime: PeerRuntime
  ) async throws(PeerError) -> PeerHub {
    let seed = runtime.entropy.seed()
    let name = settings.name ?? FacadeText.name("peer", seed)
    let handle = try await NodeHandle<PeerError>.start(
      try settings.configuration(name: name, listen: listen), plugins: [.messages], files: FilesInMemory(),
      seed: seed, on: runtime
    ) { handle in
      tell(handle, settings) { desk, stage, _ in stage.application = desk }
    }
    return PeerHub(handle, settings)
  }

  var node: Node { handle.node }

  /// Stops the node at once.
  func stop() { handle.stop() }

  /// Calls `body` on the node's thread, if there is still one.
  func tell(_ body: @escaping @Sendable (PeerDesk, MessagesStage, inout Turn) -> Void) {
    Self.tell(handle, settings, body)
  }

  private static func tell(
    _ handle: NodeHandle<PeerError>, _ settings: PeerSettings,
    _ body: @escaping @Sendable (PeerDesk, MessagesStage, inout Turn) -> Void
  ) {
    _ = handle.node.tell(PeerSettings.stage, of: PeerSettings.chain) { stage, turn in
      guard let stage = stage as? MessagesStage else { return }
      body(stage.application as? PeerDesk ?? PeerDesk(settings), stage, &turn)
    }
  }

  /// Asks the node's thread for something and waits for it; a task that is cancelled waits no longer, unless it must.
  func ask<Value: Sendable>(
    isCancellable: Bool = true,
    _ body: @escaping @Sendable (PeerDesk, MessagesStage, inout Turn, Promise<Value>) -> Void
  ) async throws(PeerError) -> Value {
    do throws(PeerError) {
      return try await handle.ask(isCancellable: isCancellable) { promise in
        tell { desk, stage, turn in body(desk, stage, &turn, promise) }
      }
    } catch {
      if error == .cancelled { tell { $0.forgetTheCancelled($1, &$2) } }
      throw error
    }
  }

  /// Waits until the node has ended; a task that is cancelled waits no longer.
  func waitForEnd() async { await handle.waitForEnd() }
}
