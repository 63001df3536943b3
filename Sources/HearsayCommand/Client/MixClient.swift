import LinuxNet
import MixHost
import MixNet
import Relay
import Sphinx

/// A client of a mix network: makes packets of messages, sends them by its entry, takes replies at its home, and puts the
/// answers together. It drives the client's loop; it waits nowhere itself.
final class MixClient {
  /// What a sender asks of one message.
  struct Order {
    let service: String
    let bytes: [UInt8]
    /// Reply blocks that each of its packets brings; none: no answer is wanted.
    var blocks = 1
    /// The nodes to pass; nil: chosen anew for each packet, all but the last, where the service is.
    var via: [Int]?
    /// The last node; nil: any of the last layer.
    var exit: Int?
  }

  /// The way of a packet and of the reply to it.
  struct Trail {
    /// When the packet was handed to its first node.
    let sent: WallTime
    let since: Instant
    /// The nodes that both pass, in order, and the replay tags there.
    let hops: [(node: Int, tag: Bytes32)]
  }

  private struct Outgoing {
    let id: Bytes16
    let order: Order
    let exit: Int
    let splitter: MessageSplitter
    var next = 0
  }

  private struct Expected {
    let recovery: SURBRecovery
    let message: Bytes16
    /// The number of the packet that brought the block.
    let packet: Int
  }

  private var planner: RoutePlanner
  private let loop: ClientLoop
  private let key: ClientKey
  private let size: SphinxSize
  private let version = SphinxVersion.v260
  private var random: RandomStream
  private var sender = SphinxSender()
  private var entry: ClientLink
  private var home: ClientLink
  /// The number of the node that it sends its packets to.
  let entryNode: Int
  private let homeNode: Int
  private var queue: [Outgoing] = []
  private var queueStart = 0
  /// The blocks under way, by the identifier that comes back with a reply, and those of each message.
  private var expected: [Bytes16: Expected] = [:]
  private var blocks: [Bytes16: [Bytes16]] = [:]
  /// Packets that brought blocks of which none has come back.
  private var unanswered: Set<Int> = []
  private var nextSend = Instant.zero
  private var reassembler: Reassembler
  private var packet: [UInt8]

  /// Packets sent and replies taken.
  private(set) var packetsSent = 0
  private(set) var repliesTaken = 0
  /// Messages that came, replies and others.
  private(set) var messagesTaken = 0
  /// Packets without a reply that may be under way at once. A service that answers whole messages replies to none before the
  /// last: then packets go on slowly.
  private static let window = 256
  private static let slowly = Nanos.us(500)
  /// The mean delay that is asked of each node.
  var delay = Nanos.zero
  /// When packets leave, and the loops among them, if nobody shall see when there is something to say; nil: real packets alone,
  /// as soon as they can.
  private(set) var cover: ClientCover?
  /// Whether it keeps the ways of its messages, for an audit of the nodes' delays.
  var keepsTrails = false
  /// The ways of messages under way that went in one packet and brought one reply block, by the message.
  private var trails: [Bytes16: Trail] = [:]

  private init(
    _ directory: NetworkDirectory, loop: ClientLoop, by lines: PeerLines?, _ ends: RoutePlanner.Ends
  ) throws(CommandError) {
    self.loop = loop
    planner = try RoutePlanner(directory, at: loop.wall, by: lines)
    do throws(SphinxError) {
      size = try directory.payloadSize.map { size throws(SphinxError) in try SphinxSize(payload: size) } ?? .regular
    } catch { throw CommandError("the network file's 'payload_size' is no size of a Sphinx payload") }
    random = RandomStream(seed: SystemEntropy().seed())
    var seed = [UInt8](repeating: 0, count: 32)
    var span = seed.mutableSpan
    random.fill(&span)
    key = ClientKey(seed: seed)
    guard let (entry, home) = planner.ends(ends, &random) else { throw CommandError(Self.noWay) }
    (entryNode, homeNode) = (entry, home)
    self.entry = try ClientLink(directory.nodes[entryNode], key, loop.network)
    self.home = homeNode == entryNode ? self.entry : try ClientLink(directory.nodes[homeNode], key, loop.network)
    reassembler = Reassembler(limits: .init(messageMax: 1 << 30, bytesMax: 1 << 30))
    packet = [UInt8](repeating: 0, count: size.packet)
  }

  /// Why a message cannot be sent.
  static let noWay = "the nodes' choices leave no way for the message, and for its answer if one is wanted"

  /// True when the client can send and be answered.
  var isAttached: Bool { entry.isAttached && home.isAttached }
  /// Why it cannot any more; nil while it can.
  var failure: String? { entry.failure ?? home.failure }
  /// True when every packet has been handed to the entry's socket.
  var isSent: Bool { queueStart == queue.count && entry.waiting == 0 }

  /// A client that both its nodes have taken in. Nodes that do not listen yet are asked again until `time` is over.
  static func attached(
    _ directory: NetworkDirectory, loop: ClientLoop, by lines: PeerLines? = nil, _ ends: RoutePlanner.Ends = .init(),
    within time: Nanos
  ) throws(CommandError) -> MixClient {
    let end = loop.now + time
    while true {
      let client = try MixClient(directory, loop: loop, by: lines, ends)
      while !client.isAttached, client.failure == nil, loop.now < end { client.turn(until: end) { _, _, _ in } }
      if client.isAttached { return client }
      client.close()
      let failure = client.failure ?? "the nodes do not take the client in within \(time.ms) ms"
      guard client.entry.wasRefused || client.home.wasRefused, loop.now + retry < end else {
        throw CommandError(failure)
      }
      sleepMS(UInt32(truncatingIfNeeded: retry.ms))
    }
  }

  private static let retry = Nanos.ms(200)

  /// Takes a message into the queue; gives its id.
  func send(_ order: Order) throws(CommandError) -> Bytes16 {
    guard let splitter = MessageSplitter(size: order.bytes.count, room: room(blocks: order.blocks)) else {
      throw CommandError(
        "a message of \(order.bytes.count) bytes with \(order.blocks) reply blocks a packet is too large")
    }
    let id = Bytes16(words: [random.next(), random.next()])
    let given = order.via?.last ?? order.exit
    let home = order.blocks > 0 ? homeNode : nil
    guard let exit = given ?? planner.exit(from: entryNode, answeringTo: home, &random) else {
      throw CommandError(Self.noWay)
    }
    queue.append(Outgoing(id: id, order: order, exit: exit, splitter: splitter))
    return id
  }

  /// How many packets a message of `size` bytes takes.
  func packets(of size: Int, blocks: Int) -> Int {
    MessageSplitter(size: size, room: room(blocks: blocks))?.count ?? 0
  }

  /// Data bytes of a packet that brings so many reply blocks.
  private func room(blocks: Int) -> Int {
    size.messageMax - Fragment.headerSize - blocks * SphinxSURB.size(version, hops: planner.directory.layers)
  }

  /// Sends what it may, waits for something to happen, and hands every answer that is whole to `answered`.
  func turn(until deadline: Instant, _ answered: (Bytes16, [UInt8], Fragment.Flags) -> Void) {
    do throws(CommandError) { try pump() } catch { entry.fail(error.sentence) }
    let deadline = min(deadline, cover?.next ?? .never)
    let isSlow = queueStart < queue.count && unanswered.count >= Self.window
    loop.turn(until: isSlow ? min(deadline, nextSend) : deadline) { event in
      guard case .connection(let id) = event.source else { return }
      if id == entry.id { entry.handle(event) } else if id == home.id { home.handle(event) }
    }
    while let message = home.nextMessage() { take(message, answered) }
  }

  /// Waits no longer for the replies to what has been sent.
  func forget() { (expected, blocks, unanswered, trails) = ([:], [:], [], [:]) }

  /// The way of a message that has been answered, once.
  func takeTrail(_ message: Bytes16) -> Trail? { trails.removeValue(forKey: message) }

  private func forget(_ message: Bytes16) {
    for block in blocks.removeValue(forKey: message) ?? [] {
      if let block = expected.removeValue(forKey: block) { unanswered.remove(block.packet) }
    }
  }

  // MARK: Sending

  /// From now on packets leave at the ticks of a clock, `mean` apart in the mean.
  func startCover(mean: Nanos) { cover = ClientCover(mean: mean, now: loop.now, &random) }

  /// Nothing leaves any more: a rest that went at once would show how much there was to say.
  func stopCover() { cover?.stop(&random) }

  private func pump() throws(CommandError) {
    guard isAttached else { return }
    try planner.refresh(at: loop.wall)
    if cover != nil { return try keepTime() }
    while queueStart < queue.count, entry.waiting < 1 << 20 {
      if unanswered.count >= Self.window {
        guard nextSend <= loop.now else { return }
        nextSend = loop.now + Self.slowly
      }
      try sendNext()
    }
  }

  /// A packet at each tick that has come: the next one that is to be sent, or a loop when there is none.
  private func keepTime() throws(CommandError) {
    while cover?.ticks(loop.now, &random) == true {
      // What an entry does not take for long is not kept.
      guard entry.waiting < 1 << 20 else { continue }
      if queueStart < queue.count { try sendNext() } else { try sendLoop() }
    }
  }

  /// A packet by the entry, like any other, and home.
  private func sendLoop() throws(CommandError) {
    guard let route = planner.route(from: entryNode, to: homeNode, &random) else { throw CommandError(Self.noWay) }
    let recipient = SphinxRecipient(
      destination: key.address, identifier: Bytes16(words: [random.next() | 1, random.next()]))
    _ = try make([UInt8](repeating: 0, count: Fragment.headerSize), along: route, to: recipient)
    entry.send([ClientProtocol.Kind.packet.rawValue] + packet)
    cover?.send(recipient.identifier)
  }

  private func sendNext() throws(CommandError) {
    defer {
      if queue[queueStart].next == queue[queueStart].splitter.count { queueStart += 1 }
      if queueStart > 1_024 {
        queue.removeFirst(queueStart)
        queueStart = 0
      }
    }
    let outgoing = queue[queueStart]
    queue[queueStart].next += 1
    let order = outgoing.order
    var fragment = Fragment(
      message: outgoing.id, index: UInt32(outgoing.next), count: UInt32(outgoing.splitter.count),
      size: UInt32(order.bytes.count))
    var blocks: [UInt8] = []
    var wayBack: Way = []
    if order.blocks > 0 { unanswered.insert(packetsSent) }
    for _ in 0..<order.blocks {
      let (block, way) = try makeBlock(for: outgoing)
      wayBack = way
      fragment.blocks += 1
      fragment.blockSize = UInt16(block.count)
      blocks += block
    }
    var message = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = message.mutableSpan
    fragment.write(to: &span)
    message += blocks
    message += order.bytes[outgoing.splitter.range(outgoing.next)]
    let way = try make(message, for: outgoing)
    entry.send([ClientProtocol.Kind.packet.rawValue] + packet)
    if keepsTrails, outgoing.splitter.count == 1, order.blocks == 1 {
      trails[outgoing.id] = Trail(sent: loop.wall, since: loop.now, hops: way + wayBack)
    }
    packetsSent += 1
  }

  private typealias Way = [(node: Int, tag: Bytes32)]

  private func make(_ message: [UInt8], for outgoing: Outgoing) throws(CommandError) -> Way {
    let order = outgoing.order
    if let fault = order.via.flatMap(planner.fault) { throw CommandError(fault) }
    guard let route = order.via ?? planner.route(from: entryNode, to: outgoing.exit, &random) else {
      throw CommandError(Self.noWay)
    }
    let recipient = SphinxRecipient(destination: Fingerprint.service(order.service), identifier: Bytes16())
    return try make(message, along: route, to: recipient)
  }

  private func make(
    _ message: [UInt8], along route: [Int], to recipient: SphinxRecipient
  ) throws(CommandError) -> Way {
    let hops = try planner.hops(route, delay: drawDelay)
    do throws(SphinxError) {
      var span = packet.mutableSpan
      try sender.create(
        &span, message: message.span, along: hops.span, to: recipient, version: version, random: &random)
    } catch { throw CommandError("no packet can be made: \(error)") }
    return keepsTrails ? Array(zip(route, sender.tags)) : []
  }

  private func makeBlock(for outgoing: Outgoing) throws(CommandError) -> (bytes: [UInt8], way: Way) {
    guard let route = planner.route(to: homeNode, behind: outgoing.exit, &random) else {
      throw CommandError(Self.noWay)
    }
    let hops = try planner.hops(route, delay: drawDelay)
    let recipient = SphinxRecipient(
      destination: key.address, identifier: Bytes16(words: [random.next() | 1, random.next()]))
    do throws(SphinxError) {
      let surb = try sender.createSURB(along: hops.span, to: recipient, version: version, random: &random)
      expected[recipient.identifier] = Expected(recovery: surb.recovery, message: outgoing.id, packet: packetsSent)
      blocks[outgoing.id, default: []].append(recipient.identifier)
      return (surb.bytes, keepsTrails ? Array(zip(route, sender.tags)) : [])
    } catch { throw CommandError("no reply block can be made: \(error)") }
  }

  /// Uniform between nothing and twice the mean.
  private func drawDelay() -> Nanos { Nanos(random.below(2 * delay.ns + 1)) }

  // MARK: Answers

  private func take(_ message: ClientLink.Message, _ answered: (Bytes16, [UInt8], Fragment.Flags) -> Void) {
    messagesTaken += 1
    if cover?.take(message.identifier) == true { return }
    // What was not asked for, or has been given up, is nobody's answer.
    guard let expected = expected.removeValue(forKey: message.identifier) else { return }
    repliesTaken += 1
    unanswered.remove(expected.packet)
    var payload = message.payload
    var span = payload.mutableSpan
    guard let range = try? sender.open(&span, with: expected.recovery) else { return }
    let whole = payload.span
    let bytes = whole.extracting(range)
    guard let fragment = Fragment(bytes), fragment.message == expected.message else { return }
    if fragment.flags.contains(.needsBlocks) {
      forget(fragment.message)
      return answered(fragment.message, [], fragment.flags)
    }
    if case .whole(let answer) = reassembler.take(fragment, payload: bytes, now: loop.now) {
      forget(answer.id)
      answered(answer.id, answer.bytes, answer.flags)
    }
  }

  func close() {
    entry.close()
    if homeNode != entryNode { home.close() }
  }
}
