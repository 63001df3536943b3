package import LinuxNet
package import MixHost
package import MixNet
import Synchronization

/// A thread of the system on which the workers of several nodes live, each in its turn: fewer threads wake up for what many nodes of one
/// process say to each other. A node that takes long in its turn holds the others up.
///
/// The thread starts with the first node. It ends when nobody holds this any more and its last node has stopped.
package final class SharedThread: Sendable {
  private let home = Home()
  private let name: String

  package init(_ name: String) { self.name = name }

  deinit { home.leave() }

  /// Runs a node's one worker until it has stopped. `began` is called once, as soon as the node listens or, with a sentence, cannot, and `ended`
  /// once afterwards, when nothing of it is left.
  package func run(
    _ node: Node, environment: @escaping @Sendable (EpollNetwork) -> Environment,
    began: @escaping @Sendable (String?) -> Void, ended: @escaping @Sendable () -> Void
  ) {
    let newcomer = Home.Newcomer(node: node, environment: environment, began: began, ended: ended)
    guard node.workers == 1 else { return newcomer.refuse("a node with several workers needs a thread for each") }
    guard home.add(newcomer) else { return }
    do throws(SystemError) {
      _ = try Thread(name) { [home] in
        do throws(SystemError) {
          var loop = try SharedLoop(home)
          loop.run()
        } catch { home.fail(error.description) }
      }
    } catch { home.fail(error.description) }
  }
}

/// What others leave for the thread.
private final class Home: Sendable {
  struct Newcomer: Sendable {
    let node: Node
    let environment: @Sendable (EpollNetwork) -> Environment
    let began: @Sendable (String?) -> Void
    let ended: @Sendable () -> Void

    func refuse(_ fault: String) {
      began(fault)
      ended()
    }
  }
  private struct State {
    var newcomers: [Newcomer] = []
    var isStarted = false
    var isLeft = false
    var waker: (any Waker)?
  }
  private let state = Mutex(State())

  /// True when the thread is to be started for it.
  func add(_ newcomer: Newcomer) -> Bool {
    state.withLock { state in
      state.newcomers.append(newcomer)
      state.waker?.wake()
      defer { state.isStarted = true }
      return !state.isStarted
    }
  }

  /// Nobody else will come.
  func leave() {
    state.withLock { state in
      state.isLeft = true
      state.waker?.wake()
    }
  }

  /// The thread cannot be started for those who wait. The next one tries again.
  func fail(_ fault: String) {
    let newcomers = state.withLock { state in
      state.isStarted = false
      defer { state.newcomers = [] }
      return state.newcomers
    }
    for newcomer in newcomers { newcomer.refuse(fault) }
  }

  func attach(_ waker: any Waker) { state.withLock { $0.waker = waker } }

  /// Who came since the last look, and whether nobody else will.
  func take() -> (newcomers: [Newcomer], isLast: Bool) {
    state.withLock { state in
      defer { state.newcomers = [] }
      return (state.newcomers, state.isLeft)
    }
  }
}

/// The thread's side.
private struct SharedLoop {
  /// An object, which is held while it has its turn; of a value each of its parts would be.
  private final class Resident {
    let worker: Worker
    let network: EpollNetwork
    let ended: @Sendable () -> Void

    init(_ worker: Worker, _ network: EpollNetwork, ended: @escaping @Sendable () -> Void) {
      (self.worker, self.network, self.ended) = (worker, network, ended)
    }

    func endTurn() -> Instant? {
      let next = worker.endTurn()
      return next != nil && network.hasUnwatched ? .zero : next
    }
  }
  private let home: Home
  private let group: EpollGroup
  private let clock = SystemClock()
  /// By the number of their network; nil where one has stopped.
  private var residents: [Resident?] = []
  /// When each of them wants its next turn, whatever its network says; never, where one has stopped. Apart, since all are looked at whenever
  /// the thread wakes up.
  private var turns: [Instant] = []

  init(_ home: Home) throws(SystemError) {
    self.home = home
    group = try EpollGroup()
    try home.attach(group.waker())
  }

  mutating func run() {
    var ready: [Int] = []
    var due: [Int] = []
    while true {
      if welcome(), residents.allSatisfy({ $0 == nil }) { return }
      group.wait(until: turns.min() ?? .never, into: &ready)
      // Not all that have a network have become residents.
      for number in ready where turns.indices.contains(number) { turns[number] = .zero }
      ready.removeAll(keepingCapacity: true)
      let now = clock.now
      due.removeAll(keepingCapacity: true)
      for number in turns.indices where turns[number] <= now { due.append(number) }
      // First all read, then all work: what one half needs of the processor's caches is still there for the next node.
      for number in due { residents[number]?.worker.beginTurn() }
      for number in due { endTurn(number) }
    }
  }

  /// Takes in who came; true when nobody else will.
  private mutating func welcome() -> Bool {
    let (newcomers, isLast) = home.take()
    for newcomer in newcomers { settle(newcomer) }
    return isLast
  }

  private mutating func settle(_ newcomer: Home.Newcomer) {
    do {
      let network = try EpollNetwork(in: group)
      let worker = try newcomer.node.makeWorker(0, environment: newcomer.environment(network))
      let resident = Resident(worker, network, ended: newcomer.ended)
      while residents.count <= network.member {
        residents.append(nil)
        turns.append(.never)
      }
      (residents[network.member], turns[network.member]) = (resident, .zero)
    } catch { return newcomer.refuse("\(error)") }
    newcomer.began(nil)
  }

  private mutating func endTurn(_ number: Int) {
    if let next = residents[number]?.endTurn() {
      turns[number] = next
    } else {
      let ended = residents[number]?.ended
      (residents[number], turns[number]) = (nil, .never)
      ended?()
    }
  }
}
