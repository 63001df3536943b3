import MixNet
import Synchronization

/// Where wakers and storages leave word for their world, which looks before each of its steps.
///
/// They may be called from anywhere, so they touch nothing else of the world.
final class Doorbell: Sendable {
  /// Who rings.
  enum Ring: Sendable {
    /// The reactor of this number was woken.
    case reactor(UInt32)
    /// The disk of this host has a job.
    case disk(UInt32)
  }

  private let isRung = Atomic<Bool>(false)
  private let rings = Mutex<[Ring]>([])

  func ring(_ who: Ring) {
    rings.withLock { $0.append(who) }
    isRung.store(true, ordering: .releasing)
  }

  /// Whether anybody has rung since the last answer.
  var hasRung: Bool { isRung.load(ordering: .relaxed) }

  /// Who has rung since the last look, in order, in place of what `answered` holds.
  func answer(into answered: inout [Ring]) {
    isRung.store(false, ordering: .relaxed)
    answered.removeAll(keepingCapacity: true)
    rings.withLock { swap(&$0, &answered) }
  }
}

/// Ends the wait of one simulated network.
final class SimWaker: Waker {
  private let bell: Doorbell
  private let reactor: UInt32?
  private let isWoken = Atomic<Bool>(false)

  init(bell: Doorbell, reactor: UInt32?) {
    self.bell = bell
    self.reactor = reactor
  }

  func wake() {
    guard !isWoken.exchange(true, ordering: .acquiringAndReleasing), let reactor else { return }
    bell.ring(.reactor(reactor))
  }

  /// True once for any number of wakes.
  var isSet: Bool { isWoken.load(ordering: .acquiring) }

  func take() -> Bool { isWoken.exchange(false, ordering: .acquiringAndReleasing) }
}
