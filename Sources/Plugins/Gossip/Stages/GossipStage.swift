package import MixHost
package import MixNet

/// `gossip`: reads what comes over the chain's links. What nodes say to each other it takes; messages it opens, once those behind it have found
/// them new and proved.
package final class GossipStage: DecodeStage {
  let hub: GossipHub
  /// Those who wait until so many bytes can be published.
  // Looked at whenever a link is drained; who is called has been taken out before.
  @exclusivity(unchecked) private var storedWaiters: [Waiter] = []
  typealias Waiter = (bytes: Int, body: (GossipStage, inout Turn) -> Void)
  private var isSaving = false
  private var (saves, failures) = (0, 0)
  private var savesAgain = Instant.zero
  /// The least time between two writings of the file.
  private static let pause = Nanos.s(5)

  init(_ hub: GossipHub) { self.hub = hub }

  var waiters: [Waiter] {
    _read { yield unsafe storedWaiters }
    _modify { yield unsafe &storedWaiters }
  }

  package func started(_ turn: inout Turn) {
    hub.start(&turn)
    save(&turn)
  }

  package func woke(_ turn: inout Turn) {
    hub.tick(&turn)
    serveWaiters(&turn)
    if hub.isFileOld, turn.now >= savesAgain { save(&turn) }
  }

  package func linkChanged(_ change: LinkChange, _ turn: inout Turn) { hub.linkChanged(change, &turn) }
  package func drained(_ link: LinkID, _ turn: inout Turn) {
    hub.drained(link, &turn)
    serveWaiters(&turn)
  }

  package func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn) {
    if GossipCore.carriesMessage(datagram) {
      if hub.core.mayTake(datagram) { enter(datagram, &turn) }
      return
    }
    hub.act(&turn, .datagram(datagram.copied)) { $0.received(datagram: datagram, now: $1, &$2) }
  }

  // MARK: Packets

  /// A message that came as a datagram goes through the chain like any other.
  private func enter(_ datagram: Span<UInt8>, _ turn: inout Turn) {
    guard var packet = turn.enter(length: datagram.count) else { return turn.count(.poolFull) }
    packet.put(datagram, at: 0)
  }

  package func decode(
    _ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    let wall = turn.wall
    var stirs = false
    for i in batch.indices where verdicts.isOpen(i) {
      guard let link = hub.number(of: batch.link(i)) else {
        verdicts.consume(i)
        continue
      }
      let bytes = batch.bytes(i)
      let arrival = hub.step(&turn, .frame(.arrive, bytes, link, wall)) {
        $0.arrived(bytes, on: link, now: $1, wall: wall, &$2)
      }
      switch arrival {
      case .taken:
        verdicts.consume(i)
        stirs = true
      case .refused(let refusal):
        verdicts.refuse(i, refusal)
        stirs = true
      case .message(let message):
        columns.setSender(i, message.frame.header.origin)
        columns.setPriority(i, message.frame.header.priority.rawValue)
        columns.setID(i, message.frame.header.content)
        columns.setTicket(i, hub.carried.add(message))
      }
    }
    if stirs { hub.wake(&turn) }
  }

  package func finish(
    _ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    let wall = turn.wall
    var stirs = false
    for i in batch.indices where verdicts.isOpen(i) {
      let (bytes, ticket) = (batch.bytes(i), columns.ticket(i))
      guard let message = hub.message(ticket, bytes, on: batch.link(i)) else {
        verdicts.consume(i)
        continue
      }
      let refusal = hub.step(&turn, .frame(.open, bytes, message.link, wall)) { $0.open(message, bytes, now: $1, &$2) }
      if let refusal {
        verdicts.refuse(i, refusal)
        stirs = true
      } else if message.needsPassing {
        continue
      } else {
        verdicts.consume(i)
      }
      hub.carried.remove(ticket)
    }
    if stirs { hub.wake(&turn) } else { hub.wakeForOpened(&turn) }
  }

  // MARK: What is kept

  private func save(_ turn: inout Turn) {
    guard !isSaving, let file = hub.takeFile() else { return }
    savesAgain = turn.now + Self.pause
    isSaving = turn.store(.replace(path: hub.setup.path, bytes: file.bytes)) { [self] result, _ in
      isSaving = false
      switch result {
      case .success: saves += 1
      case .failure:
        failures += 1
        hub.fileNotWritten()
      }
    }
    if !isSaving {
      failures += 1
      hub.fileNotWritten()
    }
  }

  package func finished(_ turn: inout Turn) {
    let wall = turn.wall
    hub.act(&turn, .leave(wall)) { $0.leave(now: $1, wall: wall, &$2) }
    isSaving = false
    hub.fileNotWritten()
    save(&turn)
  }

  package func status() -> [StatusField] {
    hub.status + [StatusField("file_written", .int(saves)), StatusField("file_failed", .int(failures))]
  }
}

extension Verdicts {
  /// Drops a packet for the reason that the core found.
  mutating func refuse(_ i: Int, _ refusal: FrameRefusal) {
    switch refusal {
    case .malformed: drop(i, .malformed)
    case .stranger, .badProof: drop(i, .badMAC)
    case .rateLimited: drop(i, .rateLimited)
    case .duplicate, .stale: drop(i, .replayed)
    case .expired, .early, .lifeTooLong: drop(i, .expired)
    case .badPayload: drop(i, .badPayload)
    case .ignored: consume(i)
    case .rejected: drop(i, .invalid)
    }
  }
}
