import LinuxNet
import MixNet
import Synchronization
import Testing

@testable import MixHost

/// Messages for clients that are away.
@Suite struct MailboxTests {
  private let key = clientKey(1)

  /// A network of one mix whose messages are kept in a file.
  private func keeping(extra: String = "") throws -> MixNetwork {
    try MixNetwork(1, extra: extra) { try SQLiteMailbox(.init(path: $0 + "/mailbox.db")) }
  }

  /// Messages for the client, by way of a peer; waits until the node has dealt with them.
  private func send(_ numbers: ClosedRange<UInt64>, in network: MixNetwork) throws {
    let factory = try PacketFactory(network, seed: numbers.lowerBound)
    let source = try PeerWire(try network[0].address("mix"))
    let before = try network[0].chain()[.forwarded]
    for number in numbers {
      let identifier = Bytes16(words: [number, 0])
      source.send(try factory.packet(sample(50, number), along: [0], to: key.address, identifier: identifier))
    }
    try eventually("they have come") { try network[0].chain()[.forwarded] == before + numbers.count }
  }

  /// Reads kept messages: numbered one after the other, each with its own identifier.
  private func expect(_ numbers: ClosedRange<UInt64>, at client: ClientWire) throws {
    for number in numbers {
      let message = try #require(client.message())
      #expect(message.number == number && message.identifier == Bytes16(words: [number, 0]))
    }
  }

  private func attach(_ network: MixNetwork, window: Int32? = nil) throws -> ClientWire {
    try ClientWire(try network[0].address("clients"), key, window: window)
  }

  private func leave(_ client: ClientWire, _ network: MixNetwork) throws {
    client.wire.close()
    try eventually("the client is gone") { try network[0].status().clients == 0 }
  }

  @Test func messagesWaitForTheirClient() throws {
    let network = try keeping()
    try leave(attach(network), network)
    try send(1...40, in: network)
    var client = try attach(network)
    // At most 32 are under way at once; what is not acknowledged comes again.
    try expect(1...32, at: client)
    try leave(client, network)
    client = try attach(network)
    try expect(1...32, at: client)
    client.acknowledge(32)
    try expect(33...40, at: client)
    client.acknowledge(40)
    try leave(client, network)
    try send(41...41, in: network)
    client = try attach(network)
    try expect(41...41, at: client)
    let chain = try settled(try network[0]).chains[0]
    #expect(chain[.toMailbox] == 41 && chain.dropped.isEmpty)
  }

  @Test("fault 14: messages outlive their node", arguments: [false, true])
  func messagesOutliveTheNode(_ atOnce: Bool) throws {
    let network = try keeping()
    try leave(attach(network), network)
    try send(1...5, in: network)
    if atOnce { network.kill(0) } else { try network.stop(0) }
    try network.start(0)
    let client = try attach(network)
    try expect(1...5, at: client)
    client.acknowledge(3)
    try leave(client, network)
    try network.stop(0)
    try network.start(0)
    try expect(4...5, at: try attach(network))
    try network.settle()
  }

  /// A client that says it has what it was never sent loses nothing.
  @Test func acknowledgementsOfWhatWasNotSentAreNothing() throws {
    let network = try keeping()
    try leave(attach(network), network)
    try send(1...40, in: network)
    var client = try attach(network)
    try expect(1...32, at: client)
    for number in [0, 33, 40, UInt64.max] { client.acknowledge(number) }
    try leave(client, network)
    client = try attach(network)
    try expect(1...32, at: client)
    try network.settle()
  }

  /// It may have them from an earlier link; what it says of them later counts all the same.
  @Test func acknowledgementThatComesBeforeTheMessages() throws {
    let network = try keeping()
    try leave(attach(network), network)
    try send(1...40, in: network)
    let client = try attach(network)
    for number in [40, UInt64.max] { client.acknowledge(number) }
    try expect(1...32, at: client)
    client.acknowledge(32)
    try expect(33...40, at: client)
    client.acknowledge(40)
    try leave(client, network)
    #expect(try attach(network).message(within: 1) == nil)
    try network.settle()
  }

  /// One that says the same again and again gives the mailbox no work, whose jobs are bounded for all.
  @Test func sameAcknowledgementAgainAndAgainIsNothing() throws {
    let mailbox = WatchedMailbox()
    let network = try MixNetwork(1) { _ in mailbox }
    try leave(attach(network), network)
    try send(1...3, in: network)
    let client = try attach(network)
    try expect(1...3, at: client)
    for _ in 0..<1_000 { for number in [2, 1, 0] as [UInt64] { client.acknowledge(number) } }
    client.acknowledge(3)
    // Of the words that come in one turn of the node the last one counts: under load that is the 3 alone.
    eventually("all are forgotten") { mailbox.removals.value?.last == 3 }
    #expect([[2, 3], [3]].contains(mailbox.removals.value))
    try network.settle()
  }

  /// Kept messages that grow too old in a stalled client's queue are not lost: the client is sent away, and gets them
  /// when it comes back. Else it would acknowledge a later message, and these with it.
  @Test func keptMessagesThatAreShedComeAgain() throws {
    let network = try keeping(extra: "[links]\nlink_age_max_ms = 100\nstall_timeout_ms = 60_000")
    try leave(attach(network), network)
    try send(1...40, in: network)
    let stalled = try attach(network, window: 4_096)
    try expect(1...32, at: stalled)
    var next: UInt64 = 100
    try eventually("the client's queue is blocked") {
      try send(next...next + 49, in: network)
      next += 50
      return try network[0].chain().dropped(.linkStalled) > 0
    }
    stalled.acknowledge(32)
    try eventually("it is sent away") { try network[0].status().clients == 0 }
    try expect(33...40, at: try attach(network))
    try network.settle()
  }

  @Test("fault 15: a mailbox that fails under a node")
  func mailboxThatFailsDropsAndCounts() throws {
    let mailbox = BrokenMailbox()
    let network = try MixNetwork(1) { _ in mailbox }
    var next: UInt64 = 1
    for (refusal, reason) in [
      (.full, .mailboxFull), (.failed, .mailboxFull), (.unknownClient, .unknownDestination), (nil, .mailboxFull),
    ] as [(MailboxRefusal?, DropReason)] {
      mailbox.refusal.withLock { $0 = refusal }
      let before = try network[0].chain().dropped(reason, by: "mailbox")
      try send(next...next + 9, in: network)
      next += 10
      try eventually("they are counted") { try network[0].chain().dropped(reason, by: "mailbox") == before + 10 }
    }
    // One who is there is served all the same.
    let client = try attach(network)
    try send(next...next, in: network)
    #expect(client.message()?.identifier == Bytes16(words: [next, 0]))
    #expect(try settled(try network[0]).chains[0][.toMailbox] == 40)
  }

  /// Short queues are for whoever does not read; a client that does gets all that is kept, however short they are.
  @Test(arguments: [1, 2, 8])
  func keptMessagesComeThroughAShortQueue(_ depth: Int) throws {
    let network = try MixNetwork(1, pipeline: "pool_size = 1_024\nmax_queue_depth = \(depth)") {
      try SQLiteMailbox(.init(path: $0 + "/mailbox.db"))
    }
    try leave(attach(network), network)
    try send(1...40, in: network)
    let client = try attach(network)
    for number in 1...40 as ClosedRange<UInt64> {
      try expect(number...number, at: client)
      client.acknowledge(number)
    }
    #expect(try settled(try network[0]).chains[0].dropped.isEmpty)
  }

  /// A disk that could not be read once, and one that was too busy for a newcomer, are asked again.
  @Test("fault 15: a mailbox that has bad moments")
  func aMailboxIsAskedAgain() throws {
    let mailbox = LateMailbox()
    let network = try MixNetwork(1) { _ in mailbox }
    mailbox.refused.withLock { $0 = 3 }
    let first = try attach(network)
    eventually("the client is registered") { mailbox.refused.withLock { $0 } == 0 }
    try leave(first, network)
    try send(1...3, in: network)
    mailbox.unreadable.withLock { $0 = 2 }
    try expect(1...3, at: try attach(network))
    try network.settle()
  }

  /// A client that went and came back while it was waiting for a slot, or a disk, gets each message once.
  @Test func whoComesBackSoonGetsEachMessageOnce() throws {
    let mailbox = LateMailbox()
    let network = try MixNetwork(1) { _ in mailbox }
    try leave(attach(network), network)
    try send(1...3, in: network)
    mailbox.unreadable.withLock { $0 = 1 }
    let early = try attach(network)
    eventually("it was not to be read") { mailbox.unreadable.withLock { $0 } == 0 }
    mailbox.questions.withLock { $0 = [] }
    try leave(early, network)
    let client = try attach(network)
    // Another client's pause began later, so the first one's is over when that one is asked for again.
    mailbox.unreadable.withLock { $0 = 1 }
    let other = try ClientWire(try network[0].address("clients"), clientKey(2))
    eventually("both are asked for") { mailbox.questions.withLock { $0?.count ?? 0 } >= 2 }
    let questions = mailbox.questions.withLock { waiting in
      defer { waiting = nil }
      return waiting ?? []
    }
    for question in questions { question() }
    try expect(1...3, at: client)
    try send(101...101, in: network)
    #expect(client.message()?.number == 0)
    withExtendedLifetime(other) {}
    try network.settle()
  }
}
