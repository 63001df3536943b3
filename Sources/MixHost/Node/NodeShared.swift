import MixNet
import Synchronization

/// What the workers of a node share, beside each chain's memory and rings.
final class NodeShared: Sendable {
  let blueprint: NodeBlueprint
  let chains: [ChainShared]
  let ports: [WorkerPort]
  let mailbox: (any Mailbox)?
  /// Where a line for the operator goes; called on the workers' threads, and only for what is rare.
  private let sink: @Sendable (OperationSettings.LogLevel, String) -> Void
  private let level: Mutex<OperationSettings.LogLevel>
  /// All links of the node.
  let links = Atomic<Int>(0)
  /// Who lets connections in.
  let door: Doorkeeper
  /// Whom links are opened to, and which of them are left alone.
  let peers: PeerTrust
  /// How fast all links together may be read and written.
  let readRate: SharedRate
  let writeRate: SharedRate
  /// Accepts that failed for want of descriptors.
  let exhausted = Atomic<Int>(0)
  let stopping = Atomic<UInt8>(Stop.no.rawValue)

  /// How far the stop has come.
  enum Stop: UInt8 {
    /// The node runs.
    case no
    /// What is held leaves; nothing new comes in.
    case draining
    /// At once.
    case now
  }

  var stop: Stop { Stop(rawValue: stopping.load(ordering: .acquiring)) ?? .now }

  init(
    blueprint: NodeBlueprint, mailbox: (any Mailbox)?,
    log: @escaping @Sendable (OperationSettings.LogLevel, String) -> Void
  ) {
    self.blueprint = blueprint
    self.mailbox = mailbox
    door = Doorkeeper(
      blueprint.settings.admission, expected: blueprint.facts.directory.hosts(besides: blueprint.facts.address))
    peers = PeerTrust(percentMax: blueprint.settings.ejectedPercentMax)
    readRate = SharedRate(blueprint.settings.rates.readAll)
    writeRate = SharedRate(blueprint.settings.rates.writeAll)
    sink = log
    level = Mutex(blueprint.operation.log)
    chains = blueprint.chains.map { ChainShared(plan: $0.plan) }
    ports = (0..<blueprint.workers).map { _ in WorkerPort() }
  }

  /// The share of packets in use where there is the least room, in percent.
  var usedPercent: Int { ports.reduce(0) { max($0, $1.usedPercent.load(ordering: .relaxed)) } }

  /// True when lines of this level are wanted.
  func says(_ level: OperationSettings.LogLevel) -> Bool { self.level.withLock { level <= $0 } }

  func log(_ level: OperationSettings.LogLevel, _ line: String) { if says(level) { sink(level, line) } }

  func setLogLevel(_ level: OperationSettings.LogLevel) { self.level.withLock { $0 = level } }

  /// The worker with the fewest links among those that run a head of the chain.
  func lightest(for plan: ChainPlan) -> Int {
    var best = plan.owner
    for worker in 0..<ports.count where plan.hasHead(worker) {
      if ports[worker].links.load(ordering: .relaxed) < ports[best].links.load(ordering: .relaxed) { best = worker }
    }
    return best
  }
}

/// What other threads know of a worker: its mail, and how to wake it.
final class WorkerPort: Sendable {
  typealias Message = @Sendable (Worker) -> Void

  private let mail = Mutex<[Message]>([])
  /// True while there is mail: a look at it takes no lock.
  private let isMailThere = Atomic<Bool>(false)
  private let waker = Mutex<(any Waker)?>(nil)
  /// True while the worker waits, or is about to.
  let isSleeping = Atomic<Bool>(false)
  /// True while the worker has stopped reading from clients for want of slots.
  let isHungry = Atomic<Bool>(false)
  /// The share of the worker's packets that is in use, in percent; of the chain that has the least room.
  let usedPercent = Atomic<Int>(0)
  /// Links that the worker has.
  let links = Atomic<Int>(0)

  func attach(_ waker: any Waker) { self.waker.withLock { $0 = waker } }

  /// Leaves a message, from any thread; for what is rare. Packets go through rings.
  func post(_ message: @escaping Message) {
    mail.withLock { mail in
      mail.append(message)
      isMailThere.store(true, ordering: .sequentiallyConsistent)
    }
    wake()
  }

  /// Wakes the worker if it sleeps.
  func wake() {
    if isSleeping.exchange(false, ordering: .sequentiallyConsistent) { waker.withLock { $0 }?.wake() }
  }

  var hasMail: Bool { isMailThere.load(ordering: .sequentiallyConsistent) }

  /// All mail, in the order in which it came.
  func takeMail() -> [Message] {
    guard hasMail else { return [] }
    return mail.withLock { mail in
      defer { mail = [] }
      isMailThere.store(false, ordering: .relaxed)
      return mail
    }
  }
}
