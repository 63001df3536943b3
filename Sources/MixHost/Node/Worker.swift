public import MixNet
import Synchronization

/// One thread's share of a node: a reactor, the links that it owns, and its side of every chain.
///
/// It is built and run on one thread. ``run()`` is the loop of a thread that it has for itself; a thread with several workers, or a simulator,
/// calls ``turn()``, or its two halves, when something has come or is due. A turn never waits.
public final class Worker {
  let number: Int
  let shared: NodeShared
  private let environment: Environment
  private let port: WorkerPort
  let sides: [ChainSide]
  let links: LinkTable
  private var acceptor: Acceptor?
  /// The node's clients, where this worker has the tail of their chain.
  private var desk: ClientDesk?
  private var sockets: [DatagramDoor] = []
  @exclusivity(unchecked) private var events: [NetworkEvent] = []
  private var jobs: [UInt64: (chain: Int, stage: Int, done: (StorageResult, inout Turn) -> Void)] = [:]
  private var publications: [UInt64: (chain: Int, stage: Int, done: (DropReason?, inout Turn) -> Void)] = [:]
  private var lastJob: UInt64 = 0
  /// Jobs of each chain that are not done yet.
  private var jobsOpen: [Int]
  // These, like the events, are used in every turn, and call nothing that leads back to them.
  @exclusivity(unchecked) private var wall: WallTime
  @exclusivity(unchecked) var drain = DrainState()

  private struct DatagramDoor {
    let socket: DatagramID
    let chain: Int
  }

  static func linkMemory(slots: Int, settings: NodeSettings) -> Int {
    LinkTable.memory(slots: slots, settings: settings)
  }

  init(number: Int, node: NodeShared, environment: Environment, seed: Seed) throws(NodeError) {
    self.number = number
    self.environment = environment
    shared = node
    port = node.ports[number]
    port.attach(environment.network.waker)
    wall = environment.clock.wall
    let now = environment.clock.now
    let blueprint = node.blueprint
    var sides: [ChainSide] = []
    do throws(BuildError) {
      for (index, chain) in blueprint.chains.enumerated() {
        sides.append(
          try ChainSide(
            chain: chain, shared: node.chains[index], worker: number, node: blueprint.facts,
            seed: seed.derived("chain", UInt64(index)), targets: blueprint.targets(of: chain.plan.name),
            hasClients: blueprint.clients?.chain == index, now: now, wall: wall))
      }
    } catch { throw .build(error) }
    self.sides = sides
    jobsOpen = [Int](repeating: 0, count: sides.count)
    links = LinkTable(
      worker: number, environment: environment, shared: node, sides: sides, seed: seed.derived("links", UInt64(number)),
      now: now)
    events.reserveCapacity(256)
    do throws(NetworkError) {
      if number == 0 { acceptor = try Acceptor(environment: environment, shared: node) }
      for (index, chain) in blueprint.chains.enumerated() where chain.plan.owner == number {
        guard let address = chain.plan.datagrams else { continue }
        sockets.append(DatagramDoor(socket: try environment.network.bindDatagram(address), chain: index))
      }
    } catch { throw .network(error) }
    desk = makeDesk()
    for (index, side) in sides.enumerated() { connect(side, chain: index) }
    for side in sides { side.start() }
  }

  /// Where the node listens; told by its first worker.
  var addresses: [(name: String, address: Address)] { acceptor?.addresses ?? [] }

  private func makeDesk() -> ClientDesk? {
    guard let chain = shared.blueprint.clients?.chain, sides[chain].isTail else { return nil }
    return ClientDesk(
      side: sides[chain], chain: chain, port: port, mailbox: shared.mailbox,
      send: { [unowned self] in self.send($0, chain: $1) }, close: { [unowned self] in self.close($0, $1) },
      room: { [unowned self] in self.room(for: $0, chain: chain) })
  }

  /// The clients of a chain, if they are this worker's.
  func desk(_ chain: Int) -> ClientDesk? { desk?.chain == chain ? desk : nil }

  /// Gives a chain's stages their way out of the chain.
  private func connect(_ side: ChainSide, chain: Int) {
    // Not the side itself, which would then keep itself alive.
    let plan = side.plan
    side.effects.openLink = { [unowned self] opening in
      let ofChain: Link.Kind = plan.framing == .raw ? .raw : .peer
      let kind = opening.limits == nil ? ofChain : .stage(opening.stage)
      return self.links.open(opening, kind: kind, chain: chain, limits: opening.limits ?? plan.limits)
    }
    side.effects.writeLink = { [unowned self] in self.links.write($0, on: $1) }
    side.effects.watchLink = { [unowned self] in self.links.watchQueue(of: $0) }
    side.effects.lastFailure = { [unowned self] id in
      self.links.place(of: id).flatMap { self.links.links[$0].counts.lastReason }
    }
    side.effects.linkPeer = { [unowned self] in self.links.peer(of: $0) }
    side.effects.publish = { [unowned self] in self.publish($0, $1, through: $2, chain: chain, stage: $3, done: $4) }
    side.effects.runJob = { [unowned self] in self.run($0, chain: chain, stage: $1, done: $2) }
  }

  // MARK: The loop

  /// Runs until the node has stopped, on a thread and a network of its own.
  public func run() {
    while let next = step() {
      port.isSleeping.store(true, ordering: .sequentiallyConsistent)
      let deadline = hasWork ? environment.clock.now : next
      environment.network.wait(until: deadline, into: &events)
      port.isSleeping.store(false, ordering: .sequentiallyConsistent)
    }
  }

  /// One turn of a worker that shares its thread with others, as in a simulator: takes the events that are there now,
  /// without waiting, and then does what ``step()`` does. Between two turns it counts as asleep, so that its network's
  /// waker is called when somebody leaves something for it.
  public func turn() -> Instant? {
    beginTurn()
    return endTurn()
  }

  /// The first half of a turn: takes in what has come. The second follows before anything else is asked of this worker.
  public func beginTurn() {
    port.isSleeping.store(false, ordering: .sequentiallyConsistent)
    environment.network.wait(until: .zero, into: &events)
    take()
  }

  /// The second half: does what is due and what follows. Says what ``step()`` says.
  public func endTurn() -> Instant? {
    guard let next = work() else { return nil }
    port.isSleeping.store(true, ordering: .sequentiallyConsistent)
    return hasWork ? .zero : next
  }

  /// True when another worker has left something since the last look.
  private var hasWork: Bool {
    if port.hasMail || shared.stop != drain.seen { return true }
    for side in sides where side.hasArrivals { return true }
    return false
  }

  /// One turn: what has happened, what is due, what follows from it. Says when it wants the next one (an instant in the
  /// past: at once), or nil when the worker has stopped.
  public func step() -> Instant? {
    take()
    return work()
  }

  /// What has happened since the last turn.
  private func take() {
    setTime()
    for message in Probe.buggify("worker.mail_late") ? [] : port.takeMail() { message(self) }
    receiveSends()
    handleEvents()
  }

  /// What is due and what follows from all; when it wants the next turn, or nil when the worker has stopped.
  private func work() -> Instant? {
    links.runTimers()
    links.resumeClients()
    desk?.retry(links.now)
    tellStages()
    var more = false
    for chain in sides.indices where sides[chain].step() { more = true }
    let isDone = advanceStop()
    carryOut()
    tellStages()
    links.flushDirty()
    tellUse()
    wakeOthers()
    if isDone { return nil }
    var next = min(links.timers.next, drain.next)
    if let acceptor { next = min(next, acceptor.reopen(now: links.now)) }
    if more || links.hasNews { return .zero }
    if let desk { next = min(next, desk.next) }
    for side in sides { next = min(next, side.next) }
    return next
  }

  /// Says how much of the memory for packets is in use; whoever has little of it is woken when some comes back.
  private func tellUse() {
    let used = sides.reduce(0) { max($0, $1.effects.free.usedPercent) }
    port.usedPercent.store(used, ordering: .relaxed)
    port.isHungry.store(links.paused > 0 || used >= links.settings.admission.memoryPercentMax, ordering: .relaxed)
  }

  private func setTime() {
    let now = environment.clock.now
    // The wall clock may be set back; what a turn sees of it never goes back.
    wall = max(wall, environment.clock.wall)
    links.now = now
    for side in sides { side.begin(now: now, wall: wall) }
  }

  private func handleEvents() {
    if events.isEmpty { return }
    for event in events where !Probe.buggify("worker.event_late", oneIn: 20) {
      switch event.source {
      case .connection(let connection): handle(event, connection)
      case .listener(let listener):
        acceptor?.accept(listener, now: links.now) { connection, ticket, kind, chain, worker in
          if worker == number { return links.adopt(connection, ticket, kind: kind, chain: chain) }
          shared.ports[worker].post { $0.links.adopt(connection, ticket, kind: kind, chain: chain) }
        }
      case .datagram(let socket): receiveDatagrams(socket)
      }
    }
    events.removeAll(keepingCapacity: true)
  }

  private func handle(_ event: NetworkEvent, _ connection: ConnectionID) {
    guard let place = links.place(of: connection) else { return }
    let id = links.links[place].id
    if links.links[place].state == .connecting {
      if event.writable { links.finishConnect(place) }
      return
    }
    if event.writable { links.writable(place) }
    if event.readable, links.place(of: id) != nil { links.read(place) }
  }

  private func receiveDatagrams(_ socket: DatagramID) {
    guard let door = sockets.first(where: { $0.socket == socket }) else { return }
    let side = sides[door.chain]
    environment.network.receive(atMost: 64, on: socket) { bytes, from in
      // A node that stops reads nothing more, but its stages may still say goodbye.
      guard drain.seen == .no else { return }
      let bytes = Span<UInt8>(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self))
      side.callAll { stage, turn in stage.received(datagram: bytes, from: from, &turn) }
    }
  }

  // MARK: What stages asked for

  /// What is asked for while this goes on (an observer may answer to a failed send) is left for the next turn.
  private func carryOut() {
    for chain in sides.indices {
      let effects = sides[chain].effects
      guard effects.isPending else { continue }
      effects.sends.workOff { send($0, chain: chain) }
      effects.clients.workOff { deliver($0, chain: chain, effects) }
      effects.chains.workOff { hand($0, from: effects) }
      effects.datagrams.workOff { sendDatagram($0, chain: chain, effects) }
      effects.closing.workOff { close($0.link, $0.reason) }
    }
  }

  private func deliver(_ item: Effects.ClientSend, chain: Int, _ effects: Effects) {
    guard let desk = desk(chain) else {
      return effects.drop(item.slot, stage: ChainCounters.mailbox, .unknownDestination)
    }
    desk.deliver(item)
  }

  /// Queues a frame on a link, here or on the worker that has it.
  func send(_ item: Effects.LinkSend, chain: Int) {
    let side = sides[chain]
    var reason: DropReason?
    if item.link.worker == number {
      reason = links.enqueue(item.link, chain: chain, slot: item.slot, skip: item.skip, prefix: item.prefix)
    } else if item.link.worker < shared.ports.count {
      let remote = RemoteSend(slot: item.slot, skip: item.skip, link: item.link.raw, prefix: item.prefix)
      reason = side.shared.sends[number][item.link.worker].push(remote) ? nil : .queueFull
      Probe.sometimes("worker.ring_full", reason != nil)
      side.effects.touched |= 1 << UInt64(item.link.worker)
    } else {
      reason = .linkDown
    }
    guard let reason else { return }
    side.effects.drop(item.slot, stage: ChainCounters.linkOut, reason)
    side.observeFailedSend(on: item.link, reason)
    // Else the client would acknowledge a later message, and this one with it.
    if item.prefix.isKept { close(item.link, .stalled) }
  }

  /// How many more packets may be queued on a link; of one on another worker only the way there is known.
  private func room(for link: LinkID, chain: Int) -> Int {
    guard link.worker != number else { return links.room(for: link) }
    guard link.worker < shared.ports.count else { return 0 }
    return min(links.queueDepth, sides[chain].shared.sends[number][link.worker].room)
  }

  /// What other workers have queued for links of this one.
  private func receiveSends() {
    if Probe.buggify("worker.sends_late") { return }
    for (chain, side) in sides.enumerated() where !side.frames.isEmpty {
      for ring in side.frames {
        while let item = ring.pop() {
          if Probe.planted("frame_lost", oneIn: 50) { continue }
          send(
            Effects.LinkSend(slot: item.slot, skip: item.skip, link: LinkID(raw: item.link), prefix: item.prefix),
            chain: chain)
        }
      }
    }
  }

  /// Copies a packet into another chain's memory, where it begins anew.
  private func hand(_ item: Effects.ChainSend, from effects: Effects) {
    let target = sides[item.chain.number]
    let bytes = effects.memory(item.slot)
    effects.counters.add(.handed)
    if let slot = target.effects.free.take(bytes: bytes.count), let base = bytes.baseAddress {
      target.effects.memory(slot).baseAddress?.update(from: base, count: bytes.count)
      target.receive(slot, on: .none)
    } else {
      target.effects.counters.add(.received)
      target.effects.counters.add(stage: ChainCounters.linkIn, .poolFull)
    }
    effects.letGo(item.slot)
  }

  private func sendDatagram(_ item: Effects.DatagramSend, chain: Int, _ effects: Effects) {
    if let door = sockets.first(where: { $0.chain == chain }) {
      let bytes = UnsafeRawBufferPointer(effects.memory(item.slot))
      let unsent =
        switch item.target {
        case .one(let address): environment.network.send(bytes, to: address, on: door.socket) ? 0 : 1
        case .all(let addresses): environment.network.send(bytes, toAll: addresses, on: door.socket)
        }
      for _ in 0..<unsent { effects.counters.addAside(stage: ChainCounters.linkOut, .queueFull) }
    }
    effects.letGo(item.slot)
  }

  func close(_ link: LinkID, _ reason: CloseReason) {
    if link.worker == number { return links.close(link, reason) }
    guard link.worker < shared.ports.count else { return }
    shared.ports[link.worker].post { $0.links.close(link, reason) }
  }

  private func run(
    _ job: StorageJob, chain: Int, stage: Int, done: @escaping (StorageResult, inout Turn) -> Void
  ) -> Bool {
    lastJob += 1
    let (id, port) = (lastJob, port)
    jobs[id] = (chain, stage, done)
    let taken = environment.storage.submit(job) { result in port.post { $0.finish(job: id, result) } }
    if taken { jobsOpen[chain] += 1 } else { jobs[id] = nil }
    return taken
  }

  /// Has another chain's publisher publish a message, and brings its answer back.
  private func publish(
    _ payload: [UInt8], _ topic: String, through target: ChainRef, chain: Int, stage: Int,
    done: @escaping (DropReason?, inout Turn) -> Void
  ) {
    lastJob += 1
    let (id, number, back) = (lastJob, target.number, port)
    publications[id] = (chain, stage, done)
    shared.ports[sides[number].plan.owner].post { worker in
      var refusal: DropReason? = .noRoute
      worker.sides[number].callPublisher { refusal = $0.take(payload, for: topic, &$1) }
      back.post { [refusal] in $0.finish(publication: id, refusal) }
    }
  }

  private func finish(publication id: UInt64, _ refusal: DropReason?) {
    guard let (chain, stage, done) = publications.removeValue(forKey: id) else { return }
    sides[chain].call(stage) { done(refusal, &$0) }
  }

  /// Whether stages of a chain wait for the disk.
  func hasJobs(_ side: ChainSide) -> Bool {
    sides.indices.contains { sides[$0] === side && jobsOpen[$0] > 0 }
  }

  private func finish(job id: UInt64, _ result: StorageResult) {
    guard let job = jobs.removeValue(forKey: id) else { return }
    jobsOpen[job.chain] -= 1
    sides[job.chain].call(job.stage) { job.done(result, &$0) }
  }

  func countMailbox(_ refusal: MailboxRefusal, chain: Int) {
    let reason: DropReason = refusal == .unknownClient ? .unknownDestination : .mailboxFull
    Probe.sometimes("mailbox.unknown_client", refusal == .unknownClient)
    Probe.sometimes("mailbox.failed", refusal != .unknownClient)
    sides[chain].effects.counters.add(stage: ChainCounters.mailbox, reason)
  }

  // MARK: What happened to links

  /// Tells the stages of each tail; a worker that has no tail of a chain passes the news on.
  private func tellStages() {
    guard links.hasNews else { return }
    links.changes.workOff { tell($0) }
    links.drained.workOff { item in sides[item.chain].callAll { $0.drained(item.link, &$1) } }
    links.clientEvents.workOff { tell($0) }
  }

  private func tell(_ item: LinkTable.Change) {
    let side = sides[item.chain]
    if side.isTail {
      side.callAll { stage, turn in stage.linkChanged(item.change, &turn) }
    } else {
      shared.ports[side.plan.owner].post { $0.tell(item) }
    }
  }

  private func tell(_ event: LinkTable.ClientEvent) {
    let chain =
      switch event {
      case .attached(let chain, _, _), .detached(let chain, _, _), .received(let chain, _, _): chain
      }
    if let desk = desk(chain) { return desk.handle(event) }
    shared.ports[sides[chain].plan.owner].post { $0.tell(event) }
  }

  // MARK: Others

  private func wakeOthers() {
    for side in sides {
      let effects = side.effects
      if effects.touched | effects.returnedTo == 0 { continue }
      for other in shared.ports.indices where other != number {
        let bit = UInt64(1) << UInt64(other)
        let isHungry = effects.returnedTo & bit != 0 && shared.ports[other].isHungry.load(ordering: .relaxed)
        if effects.touched & bit != 0 || isHungry { shared.ports[other].wake() }
      }
      effects.touched = 0
      effects.returnedTo = 0
    }
  }

  func closeDoors() { acceptor?.close() }
  func closeSockets() {
    for door in sockets { environment.network.close(door.socket) }
    sockets = []
  }
}
