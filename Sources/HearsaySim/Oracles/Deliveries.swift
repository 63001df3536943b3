import MixNet
import Synchronization

/// The messages that the nodes' services have taken, each as often as it was taken.
///
/// Stages are described by values that are `Sendable`, so this is too, though a run has one thread.
final class Deliveries: Sendable {
  private let taken = Mutex<[Bytes16]>([])

  /// A service has taken a message.
  func take(_ message: Bytes16) { taken.withLock { $0.append(message) } }

  /// All of them, in the order in which they were taken.
  var all: [Bytes16] { taken.withLock { $0 } }
}
