import MixNet

/// The clients of a chain, on the tail's worker: who is attached by which link, and the mailbox of those who are away.
final class ClientDesk {
  private let side: ChainSide
  let chain: Int
  private let port: WorkerPort
  private let mailbox: (any Mailbox)?
  /// Sends on a link of any worker; the desk's own way out.
  private let send: (Effects.LinkSend, Int) -> Void
  /// Closes a link of any worker.
  private let close: (LinkID, CloseReason) -> Void
  /// How many more packets a link takes now.
  private let room: (LinkID) -> Int

  private struct Client {
    var link: LinkID
    /// The last kept message that is on its way to the client.
    var sent: UInt64 = 0
    /// The last one that it says it has.
    var acknowledged: UInt64 = 0
    var isFetching = false
    /// It waits until its messages are tried again.
    var isWaiting = false
    /// The mailbox knows it.
    var isRegistered = false
  }
  private var clients: [Bytes32: Client] = [:]
  /// Clients whose kept messages could not be fetched or sent, and when that is tried again.
  private var waiting: [Bytes32] = []
  private(set) var next = Instant.never

  private static let fetchMax = 32
  private static let pause = Nanos.ms(20)
  /// A disk that fails is asked again after a longer pause.
  private static let failurePause = Nanos.ms(500)

  init(
    side: ChainSide, chain: Int, port: WorkerPort, mailbox: (any Mailbox)?,
    send: @escaping (Effects.LinkSend, Int) -> Void, close: @escaping (LinkID, CloseReason) -> Void,
    room: @escaping (LinkID) -> Int
  ) {
    self.side = side
    self.chain = chain
    self.port = port
    self.mailbox = mailbox
    self.send = send
    self.close = close
    self.room = room
  }

  /// How many clients are attached.
  var count: Int { clients.count }

  func handle(_ event: LinkTable.ClientEvent) {
    switch event {
    case .attached(_, let address, let link):
      Probe.sometimes("client.replaced", clients[address].map { $0.link != link } ?? false)
      if let old = clients[address], old.link != link { close(old.link, .replaced) }
      clients[address] = Client(link: link)
      fetch(address)
    case .detached(_, let address, let link):
      if clients[address]?.link == link { clients[address] = nil }
    case .received(_, let address, let number):
      // One that says the same again and again gives the mailbox no work.
      guard let client = clients[address], number > client.acknowledged, number <= client.sent else { return }
      Probe.sometimes("mailbox.acknowledged_in_part", number < client.sent)
      clients[address]?.acknowledged = number
      _ = mailbox?.remove(upTo: Probe.planted("kept_forgotten") ? .max : number, for: address)
      if number == client.sent { fetch(address) }
    }
  }

  /// Delivers a packet: to the client's link, to its mailbox, or nowhere, which is counted.
  func deliver(_ item: Effects.ClientSend) {
    let other = Probe.planted("reply_to_another", oneIn: 20) ? clients.keys.min { $0.words[0] < $1.words[0] } : nil
    if let client = clients[other ?? item.address] {
      side.effects.counters.add(.toClients)
      let prefix = SendPrefix(message: 0, identifier: item.identifier)
      return send(Effects.LinkSend(slot: item.slot, skip: 0, link: client.link, prefix: prefix), chain)
    }
    Probe.reachable("client.away")
    guard let mailbox else { return side.effects.drop(item.slot, stage: ChainCounters.mailbox, .unknownDestination) }
    side.effects.counters.add(.toMailbox)
    let payload = Array(side.effects.memory(item.slot))
    side.effects.letGo(item.slot)
    let (port, chain) = (port, chain)
    let taken = mailbox.store(payload, identifier: item.identifier, for: item.address) { refusal in
      guard let refusal else { return }
      port.post { worker in worker.countMailbox(refusal, chain: chain) }
    }
    if !taken { side.effects.counters.add(stage: ChainCounters.mailbox, .mailboxFull) }
  }

  // MARK: The mailbox

  private func fetch(_ address: Bytes32) {
    guard let mailbox, let client = clients[address], !client.isFetching else { return }
    clients[address]?.isFetching = true
    guard client.isRegistered || mailbox.register(address) else { return postpone(address, Self.pause) }
    clients[address]?.isRegistered = true
    let (port, chain, link) = (port, chain, client.link)
    // What finds no room in the link's queue has the client sent away, and what comes live needs some too.
    let limit = max(1, min(Self.fetchMax, room(link) / 2))
    let taken = mailbox.fetch(for: address, after: client.sent, limit: limit) { messages in
      port.post { worker in worker.desk(chain)?.hand(messages, to: address, on: link) }
    }
    if !taken { postpone(address, Self.pause) }
  }

  /// The client stays one that is fetched for, so that it waits here once.
  private func postpone(_ address: Bytes32, _ pause: Nanos) {
    guard clients[address] != nil else { return }
    Probe.reachable("mailbox.waits")
    clients[address]?.isWaiting = true
    waiting.append(address)
    next = min(next, side.effects.now + pause)
  }

  /// Tries again what there was no room for.
  func retry(_ now: Instant) {
    guard next <= now else { return }
    let addresses = waiting
    (waiting, next) = ([], .never)
    // One that went and came back meanwhile is fetched for anew, and does not wait any more.
    for address in addresses where clients[address]?.isWaiting == true {
      clients[address]?.isWaiting = false
      clients[address]?.isFetching = false
      fetch(address)
    }
  }

  /// Sends kept messages to a client; those for which there is no slot or no room, and those that could not be read,
  /// are fetched again.
  func hand(_ messages: [MailboxMessage]?, to address: Bytes32, on link: LinkID) {
    guard clients[address]?.link == link else { return }
    guard let messages else {
      Probe.reachable("mailbox.unreadable")
      return postpone(address, Self.failurePause)
    }
    Probe.sometimes("mailbox.more_at_once", messages.count > 1)
    for message in messages {
      guard room(link) > 0, !Probe.buggify("mailbox.hand_late", oneIn: 10) else {
        return postpone(address, Self.pause)
      }
      Probe.always("mailbox.handed_in_order", message.number > clients[address]?.sent ?? 0)
      guard let slot = side.effects.free.take(bytes: message.payload.count) else {
        return postpone(address, Self.pause)
      }
      side.effects.memory(slot).baseAddress?.update(from: message.payload, count: message.payload.count)
      let prefix = SendPrefix(message: message.number, identifier: message.identifier)
      side.effects.counters.add(.frames)
      send(Effects.LinkSend(slot: slot, skip: 0, link: link, prefix: prefix), chain)
      clients[address]?.sent = message.number
    }
    clients[address]?.isFetching = false
  }
}
