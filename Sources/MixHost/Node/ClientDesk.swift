import MixNet

/// The clients of a chain, on the tail's worker: who is attached by which link, and the mailbox of those who are away.
final class ClientDesk {
  private let side: ChainSide
  private let chain: Int
  private let port: WorkerPort
  private let mailbox: (any Mailbox)?
  /// Sends on a link of any worker; the desk's own way out.
  private let send: (Effects.LinkSend, Int) -> Void
  /// Closes a link of any worker.
  private let close: (LinkID, CloseReason) -> Void

  private struct Client {
    var link: LinkID
    /// The last kept message that is on its way to the client.
    var sent: UInt64 = 0
    /// The last one that it says it has.
    var acknowledged: UInt64 = 0
    var isFetching = false
  }
  private var clients: [Bytes32: Client] = [:]
  /// Clients whose kept messages could not be fetched or sent, and when that is tried again.
  private var waiting: [Bytes32] = []
  private(set) var next = Instant.never

  private static let fetchMax = 32
  private static let pause = Nanos.ms(20)

  init(
    side: ChainSide, chain: Int, port: WorkerPort, mailbox: (any Mailbox)?,
    send: @escaping (Effects.LinkSend, Int) -> Void, close: @escaping (LinkID, CloseReason) -> Void
  ) {
    self.side = side
    self.chain = chain
    self.port = port
    self.mailbox = mailbox
    self.send = send
    self.close = close
  }

  /// How many clients are attached.
  var count: Int { clients.count }

  func handle(_ event: LinkTable.ClientEvent) {
    switch event {
    case .attached(_, let address, let link):
      Probe.sometimes("client.replaced", clients[address].map { $0.link != link } ?? false)
      if let old = clients[address], old.link != link { close(old.link, .replaced) }
      clients[address] = Client(link: link)
      // What the old link waited for is fetched now, and not once more.
      waiting.removeAll { $0 == address }
      guard let mailbox else { return }
      _ = mailbox.register(address)
      fetch(address)
    case .detached(_, let address, let link):
      if clients[address]?.link == link { clients[address] = nil }
    case .received(_, let address, let number):
      // One that says the same again and again gives the mailbox no work.
      guard let client = clients[address], number > client.acknowledged, number <= client.sent else { return }
      clients[address]?.acknowledged = number
      _ = mailbox?.remove(upTo: number, for: address)
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
    let (port, chain, link) = (port, chain, client.link)
    let taken = mailbox.fetch(for: address, after: client.sent, limit: Self.fetchMax) { messages in
      port.post { worker in worker.desk(chain)?.hand(messages, to: address, on: link) }
    }
    if !taken { postpone(address) }
  }

  /// The client stays one that is fetched for, so that it waits here once.
  private func postpone(_ address: Bytes32) {
    waiting.append(address)
    next = min(next, side.effects.now + Self.pause)
  }

  /// Tries again what there was no room for.
  func retry(_ now: Instant) {
    guard next <= now else { return }
    let addresses = waiting
    (waiting, next) = ([], .never)
    for address in addresses {
      clients[address]?.isFetching = false
      fetch(address)
    }
  }

  /// Sends kept messages to a client; those for which there is no slot are fetched again.
  func hand(_ messages: [MailboxMessage], to address: Bytes32, on link: LinkID) {
    guard clients[address]?.link == link else { return }
    for message in messages {
      guard let slot = side.effects.free.take(bytes: message.payload.count) else { return postpone(address) }
      side.effects.memory(slot).baseAddress?.update(from: message.payload, count: message.payload.count)
      let prefix = SendPrefix(message: message.number, identifier: message.identifier)
      side.effects.counters.add(.frames)
      send(Effects.LinkSend(slot: slot, skip: 0, link: link, prefix: prefix), chain)
      clients[address]?.sent = message.number
    }
    clients[address]?.isFetching = false
  }
}
