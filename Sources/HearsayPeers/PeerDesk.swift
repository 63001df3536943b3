import HearsayRuntime
import Messages
import MixHost
import MixNet

/// The facade's end on the node's thread: what tasks wait for, and what has happened that nobody has asked for yet.
final class PeerDesk: MessagesApplication {
  /// A stream, with the peer that it leads to.
  struct Name: Hashable, Sendable {
    let peer: Bytes32
    let id: StreamID
    /// Which one: after a conversation with the peer is over, a stream of the next may have the same id.
    let number: UInt64
  }

  /// What the stage calls a stream.
  private struct Place: Hashable {
    let peer: Bytes32
    let id: StreamID
  }

  /// Connects under way.
  private struct Call {
    let dial: UInt64
    let promise: Promise<Bytes32>
    let ends: Instant
    /// Who is there, once it is known.
    var peer: Bytes32?
  }

  var desks: [Name: StreamDesk] = [:]
  /// Streams that are not over.
  private var names: [Place: Name] = [:]
  private var lastNumber: UInt64 = 0
  private let backlogMax: Int
  private var backlog: [Name] = []
  /// Streams that are over and were not read to their end, in the order in which they came to be so.
  private var kept: [Name] = []
  private let keptMax: Int
  private var acceptors: [Promise<Name>] = []
  private var calls: [Call] = []
  private var farewell: (promise: Promise<Int>, ends: Instant)?

  init(_ settings: PeerSettings) { (backlogMax, keptMax) = (settings.backlog, settings.keptMax) }

  // MARK: News

  func happened(_ event: PeersEvent, _ stage: MessagesStage, _ turn: inout Turn) {
    switch event {
    case .reached(let dial, let peer):
      guard let i = calls.firstIndex(where: { $0.dial == dial }) else { break }
      calls[i].peer = peer
      if stage.isConnected(peer) { answer(peer) }
    case .failed(let dial, let reason):
      guard let i = calls.firstIndex(where: { $0.dial == dial }) else { break }
      calls.remove(at: i).promise.settle(.failure(reason == .exhausted ? .tooMany : .unreachable(reason)))
    case .connected(let peer): answer(peer)
    case .disconnected: break
    case .stream(let peer, let what): happened(what, peer, stage, &turn)
    case .lost(let peer, let loss, let streams):
      for stream in streams { over(peer, stream, loss) }
    }
    sayFarewell(stage, &turn)
  }

  private func answer(_ peer: Bytes32) {
    for call in calls where call.peer == peer { call.promise.settle(.success(peer)) }
    calls.removeAll { $0.peer == peer }
  }

  private func happened(_ event: ConversationEvent, _ peer: Bytes32, _ stage: MessagesStage, _ turn: inout Turn) {
    switch event {
    case .opened(let id): opened(id, peer, stage, &turn)
    case .readable(let id), .writable(let id), .ended(let id):
      guard let name = name(id, of: peer) else { break }
      if case .ended = event { desks[name]?.isEnded = true }
      desks[name]?.serve(name, stage, &turn)
    case .confirmed(let id, let before): name(id, of: peer).flatMap { desks[$0] }?.confirmed(before: before)
    case .finished(let id): if let name = name(id, of: peer) { finished(name, stage, &turn) }
    case .closed(let id): if let name = name(id, of: peer) { over(name, nil) }
    case .gone(let id, let left): if let name = name(id, of: peer) { over(name, .streamGone(left)) }
    }
  }

  private func opened(_ id: StreamID, _ peer: Bytes32, _ stage: MessagesStage, _ turn: inout Turn) {
    guard farewell == nil, backlog.count < backlogMax else {
      _ = stage.reset(id, of: peer, &turn)
      return
    }
    backlog.append(begin(id, of: peer))
    serveAcceptors()
  }

  private func name(_ id: StreamID, of peer: Bytes32) -> Name? { names[Place(peer: peer, id: id)] }

  private func begin(_ id: StreamID, of peer: Bytes32) -> Name {
    lastNumber += 1
    let name = Name(peer: peer, id: id, number: lastNumber)
    names[Place(peer: peer, id: id)] = name
    desks[name] = StreamDesk()
    return name
  }

  private func leave(_ name: Name) {
    let place = Place(peer: name.peer, id: name.id)
    if names[place] == name { names[place] = nil }
  }

  /// The other side has all that this side said. When nobody listens to what it may still say, that was all.
  private func finished(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    guard let desk = desks[name] else { return }
    desk.isFinishConfirmed = true
    if desk.isLetGo { giveUp(name, stage, &turn) }
  }

  private func giveUp(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    desks[name] = nil
    leave(name)
    _ = stage.reset(name.id, of: name.peer, &turn)
  }

  /// The conversation is over that a stream belonged to.
  private func over(_ peer: Bytes32, _ stream: LostStream, _ loss: PeerLoss) {
    guard let name = name(stream.id, of: peer) else { return }
    let left = stream.unconfirmed
    let error: PeerError =
      switch loss {
      case _ where stream.isGivenUp: .streamGone(left)
      case .restarted: .peerRestarted(left)
      case .forgotten, .displaced: .peerLost(left)
      case .closed: .closed
      }
    over(name, error, unread: stream.unread)
  }

  /// A stream is over; nil: in good order. `unread` can still be received.
  private func over(_ name: Name, _ error: PeerError?, unread: [PeerMessage] = []) {
    guard let desk = desks[name] else { return }
    leave(name)
    desk.end(error, unread: desk.isLetGo ? [] : unread)
    if desk.isLetGo { desks[name] = nil }
    // One that nobody has accepted is offered no more, unless there is something to receive.
    if let i = backlog.firstIndex(of: name), !desk.isWorthAccepting {
      backlog.remove(at: i)
      desks[name] = nil
    }
    keep(name)
  }

  /// What waits of streams that are over stays within its bound. The oldest gives way, and its reader is told; those that nobody
  /// has accepted come before the others.
  private func keep(_ name: Name) {
    guard let desk = desks[name], desk.restCost > 0 else { return }
    kept.removeAll { (desks[$0]?.restCost ?? 0) == 0 }
    kept.append(name)
    var cost = kept.reduce(0) { $0 + (desks[$1]?.restCost ?? 0) }
    while cost > keptMax, let i = kept.firstIndex(where: backlog.contains) ?? kept.indices.first {
      let oldest = kept.remove(at: i)
      cost -= desks[oldest]?.restCost ?? 0
      desks[oldest]?.dropRest()
    }
  }

  // MARK: Asked for

  func connect(
    to target: Address, peer: Bytes32?, within time: Nanos, _ promise: Promise<Bytes32>, _ stage: MessagesStage,
    _ turn: inout Turn
  ) {
    guard !promise.isOver else { return }
    guard farewell == nil else { return promise.settle(.failure(.closed)) }
    if let peer, stage.isConnected(peer) { return promise.settle(.success(peer)) }
    guard let dial = stage.connect(to: target, peer: peer, &turn) else { return promise.settle(.failure(.tooMany)) }
    let ends = turn.now + time
    calls.append(Call(dial: dial, promise: promise, ends: ends))
    stage.wakeApplication(at: ends, &turn)
  }

  func open(_ peer: Bytes32, _ promise: Promise<Name>, _ stage: MessagesStage, _ turn: inout Turn) {
    guard promise.claim() else { return }
    guard farewell == nil else { return promise.settle(.failure(.closed)) }
    guard stage.peers.contains(peer) else { return promise.settle(.failure(.peerLost(Unconfirmed()))) }
    guard let id = stage.open(to: peer, &turn) else { return promise.settle(.failure(.tooMany)) }
    promise.settle(.success(begin(id, of: peer)))
  }

  func accept(_ promise: Promise<Name>) {
    guard farewell == nil else { return promise.settle(.failure(.closed)) }
    acceptors.append(promise)
    serveAcceptors()
  }

  private func serveAcceptors() {
    while !backlog.isEmpty, !acceptors.isEmpty {
      let acceptor = acceptors.removeFirst()
      guard acceptor.claim() else { continue }
      acceptor.settle(.success(backlog.removeFirst()))
    }
  }

  /// The application has no more use for a stream. One that it has ended goes on until all is confirmed; what comes is not
  /// looked at.
  func letGo(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    guard let desk = desks[name] else { return }
    if desk.isOver { return desks[name] = nil }
    desk.isLetGo = true
    if desk.isFinished, !desk.isFinishConfirmed {
      desk.serve(name, stage, &turn)
    } else {
      giveUp(name, stage, &turn)
    }
  }

  /// Gives a stream up at once. What was not received on it is gone.
  func reset(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    guard let desk = desks[name] else { return }
    desk.discardRest()
    if desk.isOver { return }
    leave(name)
    desk.end(.refused(.noStream))
    _ = stage.reset(name.id, of: name.peer, &turn)
  }

  // MARK: The end

  /// Ends all streams, waits until everything is confirmed or the time is over, and tells how much is not.
  func close(within time: Nanos, _ promise: Promise<Int>, _ stage: MessagesStage, _ turn: inout Turn) {
    guard farewell == nil else { return promise.settle(.failure(.closed)) }
    let ends = turn.now + time
    farewell = (promise, ends)
    for acceptor in acceptors { acceptor.settle(.failure(.closed)) }
    for call in calls { call.promise.settle(.failure(.closed)) }
    (acceptors, calls) = ([], [])
    for peer in stage.peers {
      for id in stage.streams(of: peer) {
        name(id, of: peer).flatMap { desks[$0] }?.refuseWriters(.closed)
        stage.finish(id, of: peer, &turn)
      }
    }
    stage.wakeApplication(at: ends, &turn)
    sayFarewell(stage, &turn)
  }

  private func sayFarewell(_ stage: MessagesStage, _ turn: inout Turn) {
    guard let (promise, ends) = farewell, !promise.isOver else { return }
    let left = stage.peers.reduce(0) { $0 + stage.unconfirmed(of: $1) }
    guard left == 0 || ends <= turn.now else { return }
    promise.settle(.success(left))
  }

  func woke(_ stage: MessagesStage, _ turn: inout Turn) {
    let now = turn.now
    for call in calls where call.ends <= now || call.promise.isOver {
      let reason = stage.failure(ofDial: call.dial, turn)
      stage.cancel(dial: call.dial, &turn)
      call.promise.settle(.failure(reason.map { .unreachable($0) } ?? .timeout))
    }
    calls.removeAll(where: \.promise.isOver)
    if let next = calls.map(\.ends).min() { stage.wakeApplication(at: next, &turn) }
    sayFarewell(stage, &turn)
    if let farewell, farewell.ends > now { stage.wakeApplication(at: farewell.ends, &turn) }
  }

  /// How many tasks wait for something.
  var waiting: Int { acceptors.count + calls.count + desks.values.reduce(0) { $0 + $1.waiting } }

  /// Tasks that were cancelled wait for nothing, and nobody is called for them.
  func forgetTheCancelled(_ stage: MessagesStage, _ turn: inout Turn) {
    for call in calls where call.promise.isOver { stage.cancel(dial: call.dial, &turn) }
    calls.removeAll(where: \.promise.isOver)
    acceptors.removeAll(where: \.isOver)
    for desk in desks.values { desk.forgetTheCancelled() }
  }
}
