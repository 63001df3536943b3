import LinuxNet
import MixHost
import MixNet
import OrderedJSON
import Synchronization

/// A node as a process: its workers' threads, and the main thread, which takes signals and answers for its status.
final class NodeProcess {
  private let node: Node
  private let signals: Signals
  private let network: EpollNetwork
  private let clock = SystemClock()
  private let storage: FileStorage
  private let resolver: SystemResolver
  private let mailbox: (any StoppableMailbox)?
  private let started: Instant
  private var operation: OperationSettings
  private let file: NodeFile
  /// What the node runs with.
  private var settings: [ConfigSetting]
  private let starts: Starts
  private let threads = ThreadList()
  /// The process whose end ends the node too.
  private let parent: Int32?

  /// How often it is looked whether the parent still is there.
  private static let parentLook = Nanos.ms(500)

  init(_ blueprint: NodeBlueprint, file: NodeFile, settings: [ConfigSetting], parent: Int32?) throws(CommandError) {
    self.file = file
    self.settings = settings
    self.parent = parent
    do {
      signals = try Signals()
      network = try EpollNetwork()
      try network.watch(signals)
      storage = try FileStorage()
      resolver = try SystemResolver()
      try makeFolder(blueprint.facts.state)
      mailbox = try Self.openMailbox(blueprint)
    } catch { throw CommandError("\(error)") }
    operation = blueprint.operation
    started = clock.now
    node = Node(blueprint, seed: SystemEntropy().seed(), mailbox: mailbox) { Terminal.note("hearsay: \($1)") }
    starts = Starts(workers: node.workers, waker: network.waker)
  }

  /// Threads beside the main one: the workers', the storage's, the mailbox's and the resolver's two.
  static func threadsMax(_ blueprint: NodeBlueprint) -> Int { blueprint.workers + 4 }

  private static func openMailbox(_ blueprint: NodeBlueprint) throws -> (any StoppableMailbox)? {
    guard blueprint.hasClients, let path = blueprint.operation.mailbox else { return nil }
    return try openSQLiteMailbox(path, blueprint.operation)
  }

  /// Starts the node, calls `ready` once every worker runs, and returns the exit code when the node has stopped.
  func run(ready: (_ addresses: [(name: String, address: Address)]) -> Void) throws(CommandError) -> Int32 {
    try startWorkers()
    let door: StatusDoor
    let gossip: GossipDoor?
    do {
      door = try StatusDoor(address: operation.status, network: network)
      gossip = try GossipDoor(node, operation, network)
    } catch {
      stop(atOnce: true)
      throw CommandError(error.description)
    }
    ready(node.addresses)
    var events: [NetworkEvent] = []
    events.reserveCapacity(64)
    var ends = Instant.never
    while !starts.allEnded {
      guard clock.now < ends else { throw CommandError("the workers have not stopped in time") }
      var wake = min(ends, door.opensAt, gossip?.next ?? .never)
      if parent != nil { wake = min(wake, clock.now + Self.parentLook) }
      network.wait(until: wake == .never ? nil : wake, into: &events)
      for event in events {
        door.handle(event, now: clock.now, ask: ask)
        gossip?.handle(event, clock.now)
      }
      events.removeAll(keepingCapacity: true)
      door.reopen(clock.now)
      door.sendAnswers()
      gossip?.turn(clock.now)
      while let signal = signals.take() { handle(signal, &ends) }
      if let parent, ends == .never, parentProcess != parent { handle(.terminate, &ends) }
    }
    finish()
    return 0
  }

  private func handle(_ signal: ProcessSignal, _ ends: inout Instant) {
    if signal == .hangup { return reload() }
    let isSecond = ends != .never
    node.log(.info, isSecond ? "stopping at once" : "stopping: what is held leaves first")
    node.stop(atOnce: isSecond)
    ends = clock.now + node.blueprint.settings.drainMax + .s(2)
  }

  private func startWorkers() throws(CommandError) {
    for number in 0..<node.workers {
      let (node, starts, storage, resolver) = (node, starts, storage, resolver)
      do {
        threads.add(
          try Thread("worker-\(number)") {
            do {
              let environment = Environment(
                network: try EpollNetwork(), clock: SystemClock(), entropy: SystemEntropy(), storage: storage,
                resolver: resolver)
              let worker = try node.makeWorker(number, environment: environment)
              guard starts.begin() else { return starts.ended() }
              worker.run()
            } catch { starts.fail("\(error)") }
            starts.ended()
          })
      } catch {
        starts.fail("\(error)")
        break
      }
    }
    if let failure = starts.waitForAll() {
      stop(atOnce: true)
      throw CommandError(failure)
    }
  }

  private func stop(atOnce: Bool) {
    node.stop(atOnce: atOnce)
    finish()
  }

  private func finish() {
    threads.join()
    storage.stop()
    mailbox?.stop()
  }

  /// Asks the workers how things stand; the answer comes back to the main thread's loop.
  private func ask(_ answer: @escaping @Sendable ([UInt8]) -> Void) {
    let (started, target, clock, waker) = (started, operation.targetThroughput, SystemClock(), network.waker)
    node.status { status in
      let uptime = (clock.now - started).ms
      answer(Array(status.json(uptimeMS: uptime, targetThroughput: target).line.utf8))
      waker.wake()
    }
  }

  /// Reads the configuration again. A broken one, or one that a running node cannot take over, changes nothing.
  private func reload() {
    do {
      let read = try file.read()
      guard let blueprint = read.loaded.blueprint else {
        for mistake in read.mistakes { node.log(.error, "\(mistake)") }
        return node.log(.error, "\(file.path) has mistakes: the node goes on as it was")
      }
      let difference = try node.reload(blueprint, from: settings, to: read.settings)
      (settings, operation) = (read.settings, blueprint.operation)
      for change in difference.changes { node.log(.info, "changed: \(change)") }
      node.log(.info, "\(file.path) is read again; the network has \(blueprint.facts.directory.nodes.count) nodes")
    } catch let error as UsageError {
      node.log(.error, "\(error.sentence): the node goes on as it was")
    } catch {
      node.log(.error, "\(error): the node goes on as it was")
    }
  }
}

/// The threads of a node; a noncopyable thread has no place in an array.
private final class ThreadList {
  private final class Box {
    var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
  }
  private var boxes: [Box] = []

  func add(_ thread: consuming Thread) { boxes.append(Box(thread)) }

  func join() {
    for box in boxes { box.thread.take()?.join() }
    boxes = []
  }
}

/// How the workers' starts went, and how many have ended.
private final class Starts: Sendable {
  private struct State {
    var begun = 0
    var ended = 0
    var failure: String?
  }
  private let state = Mutex(State())
  private let workers: Int
  private let waker: any Waker

  init(workers: Int, waker: any Waker) {
    self.workers = workers
    self.waker = waker
  }

  /// A worker is built; true once all are, false when one of them failed.
  func begin() -> Bool {
    state.withLock { $0.begun += 1 }
    while true {
      let verdict = state.withLock { $0.failure != nil ? false : $0.begun == workers ? true : nil }
      if let verdict { return verdict }
      pause()
    }
  }

  func fail(_ sentence: String) { state.withLock { $0.failure = $0.failure ?? sentence } }

  func ended() {
    state.withLock { $0.ended += 1 }
    waker.wake()
  }

  var allEnded: Bool { state.withLock { $0.ended == workers } }

  /// Waits until all workers are built; the sentence of the first that could not be.
  func waitForAll() -> String? {
    while true {
      let verdict = state.withLock { state -> String?? in
        if let failure = state.failure { return failure }
        return state.begun == workers ? .some(nil) : nil
      }
      if let verdict { return verdict }
      pause()
    }
  }

  private func pause() { sleepMS(1) }
}
