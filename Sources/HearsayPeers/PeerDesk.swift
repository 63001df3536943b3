import Messages
import MixHost
import MixNet

/// The facade's end on the node's thread: what tasks wait for, and what has happened that nobody has asked for yet.
final class PeerDesk: MessagesApplication {
  /// A stream, with the peer that it leads to.
  struct Name: Hashable, Sendable {
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
  private let backlogMax: Int
  private var backlog: [Name] = []
  private var acceptors: [Promise<Name>] = []
  private var calls: [Call] = []
  private var farewell: (promise: Promise<Int>, ends: Instant)?

  init(backlog: Int) { backlogMax = backlog }

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
      for stream in streams {
        let left = stream.unconfirmed
        let error: PeerError =
          switch loss {
          case .restarted: .peerRestarted(left)
          case .forgotten: .peerLost(left)
          case .closed: .closed
          }
        over(Name(peer: peer, id: stream.id), error)
      }
    }
    sayFarewell(stage, &turn)
  }

  private func answer(_ peer: Bytes32) {
    for call in calls where call.peer == peer { call.promise.settle(.success(peer)) }
    calls.removeAll { $0.peer == peer }
  }

  private func happened(_ event: ConversationEvent, _ peer: Bytes32, _ stage: MessagesStage, _ turn: inout Turn) {
    switch event {
    case .opened(let id): opened(Name(peer: peer, id: id), stage, &turn)
    case .readable(let id), .writable(let id), .ended(let id):
      let name = Name(peer: peer, id: id)
      if case .ended = event { desks[name]?.isEnded = true }
      desks[name]?.serve(name, stage, &turn)
    case .confirmed(let id, let before): desks[Name(peer: peer, id: id)]?.confirmed(before: before)
    case .finished(let id): finished(Name(peer: peer, id: id), stage, &turn)
    case .closed(let id): over(Name(peer: peer, id: id), nil)
    case .gone(let id, let left): over(Name(peer: peer, id: id), .streamGone(left))
    }
  }

  private func opened(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    guard farewell == nil, backlog.count < backlogMax else {
      _ = stage.reset(name.id, of: name.peer, &turn)
      return
    }
    desks[name] = StreamDesk()
    backlog.append(name)
    serveAcceptors()
  }

  /// The other side has all that this side said. When nobody listens to what it may still say, that was all.
  private func finished(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    guard let desk = desks[name] else { return }
    desk.isFinishConfirmed = true
    if desk.isLetGo { giveUp(name, stage, &turn) }
  }

  private func giveUp(_ name: Name, _ stage: MessagesStage, _ turn: inout Turn) {
    desks[name] = nil
    _ = stage.reset(name.id, of: name.peer, &turn)
  }

  /// A stream is over; nil: in good order.
  private func over(_ name: Name, _ error: PeerError?) {
    guard let desk = desks[name] else { return }
    desk.end(error)
    if desk.isLetGo { desks[name] = nil }
    // One that nobody has accepted is offered no more, unless it can still be read from.
    if let i = backlog.firstIndex(of: name) {
      backlog.remove(at: i)
      desks[name] = nil
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
    let name = Name(peer: peer, id: id)
    desks[name] = StreamDesk()
    promise.settle(.success(name))
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
        desks[Name(peer: peer, id: id)]?.refuseWriters(.closed)
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
