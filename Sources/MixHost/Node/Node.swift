public import MixNet
import Synchronization

/// Why a node could not start: one sentence for the operator.
public enum NodeError: Error, CustomStringConvertible, Sendable {
  /// A stage could not be built.
  case build(BuildError)
  /// A socket could not be opened.
  case network(NetworkError)

  /// One sentence.
  public var description: String {
    switch self {
    case .build(let error): error.description
    case .network(let error): error.description
    }
  }
}

/// A node: what its workers share, and how the world outside talks to them.
///
/// Whoever runs it makes one worker a thread (``makeWorker(_:environment:)`` on that thread) and lets each run. Everything
/// else here may be called from any thread.
public final class Node: Sendable {
  private let shared: NodeShared
  private let seed: Seed
  private let listening = Mutex<[(name: String, address: Address)]>([])

  /// A node of this blueprint; its memory is taken here. All its randomness but keys and nonces follows from `seed`.
  /// `log` gets a line for what an operator may want to know; it is called on the workers' threads and must not wait.
  public init(
    _ blueprint: NodeBlueprint, seed: Seed, mailbox: (any Mailbox)? = nil,
    log: @escaping @Sendable (OperationSettings.LogLevel, String) -> Void = { _, _ in }
  ) {
    shared = NodeShared(blueprint: blueprint, mailbox: mailbox, log: log)
    self.seed = seed
  }

  /// What the node was made of.
  public var blueprint: NodeBlueprint { shared.blueprint }
  /// How many workers it needs.
  public var workers: Int { shared.ports.count }

  /// Builds one worker and its stages. Worker 0 opens the listening sockets.
  public func makeWorker(_ number: Int, environment: Environment) throws(NodeError) -> Worker {
    let worker = try Worker(
      number: number, node: shared, environment: environment, seed: seed.derived("worker", UInt64(number)))
    if number == 0 { listening.withLock { $0 = worker.addresses } }
    return worker
  }

  /// Where the node listens, once its first worker is made: the chains' names, and `clients`.
  public var addresses: [(name: String, address: Address)] { listening.withLock { $0 } }

  /// Stops the node: what it holds leaves first, unless it is to be at once.
  public func stop(atOnce: Bool = false) {
    let order: NodeShared.Stop = atOnce ? .now : .draining
    let old = shared.stopping.load(ordering: .acquiring)
    if order.rawValue > old { shared.stopping.store(order.rawValue, ordering: .releasing) }
    for port in shared.ports { port.post { _ in } }
  }

  func setLogLevel(_ level: OperationSettings.LogLevel) { shared.setLogLevel(level) }

  func changeAll(_ change: @escaping @Sendable (Worker) -> Void) { for port in shared.ports { port.post(change) } }

  /// Says a line to the operator, if lines of this level are wanted.
  public func log(_ level: OperationSettings.LogLevel, _ line: String) { shared.log(level, line) }

  /// Calls a stage on the thread of its chain's tail, in a later turn: how a program talks to a stage of its own node. False
  /// when there is no such stage. It is never called once the worker has ended.
  public func tell(
    _ stage: String, of chain: String, _ body: @escaping @Sendable (any Stage, inout Turn) -> Void
  ) -> Bool {
    guard let number = shared.chains.firstIndex(where: { $0.plan.name == chain }),
      let place = shared.chains[number].plan.stageNames.firstIndex(of: stage)
    else { return false }
    shared.ports[shared.chains[number].plan.owner].post { worker in
      worker.sides[number].call(stage: ChainCounters.firstStage + place, body)
    }
    return true
  }

  /// Asks all workers how things stand; `done` is called on one of their threads. It is never called once a worker has
  /// ended.
  public func status(_ done: @escaping @Sendable (NodeStatus) -> Void) {
    let collector = StatusCollector(shared: shared, done: done)
    for (number, port) in shared.ports.enumerated() {
      port.post { worker in collector.add(worker.report(), from: number) }
    }
  }
}
