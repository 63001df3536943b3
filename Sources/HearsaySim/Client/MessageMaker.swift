import MixNet
import Relay
import SimNet
import Sphinx

/// What a client sends, and when: messages of all sizes that fit one packet, most of them with a reply block.
struct MessageMaker: ~Copyable {
  /// A message before it is a packet.
  struct Draft {
    let route: [Int]
    let back: [Int]
    let service: Service
    let size: Int
  }

  /// Whom a message is for.
  enum Service: String {
    /// Answers with the message.
    case echo
    /// Answers nothing.
    case sink
    /// Puts the message into a file of its own and answers that it has, or why not.
    case store

    private static let echoAddress = Fingerprint.service(echo.rawValue)
    private static let sinkAddress = Fingerprint.service(sink.rawValue)
    private static let storeAddress = Fingerprint.service(store.rawValue)

    var address: Bytes32 {
      switch self {
      case .echo: Self.echoAddress
      case .sink: Self.sinkAddress
      case .store: Self.storeAddress
      }
    }
    var answers: Bool { self != .sink }
  }

  private let plan: MixPlan
  private let forge: any PacketForge
  private var random: RandomStream
  /// Which of the messages that want no echo are to be stored: a stream of its own, so that it changes no other draw.
  private var storing: RandomStream
  /// The client that it makes messages for.
  var client: (number: Int, address: Bytes32) = (0, Bytes32())
  /// The node that the client's replies come to.
  let home: Int
  /// When the next message is to be sent.
  private(set) var nextSend: Instant
  /// The mean time between two messages of one client.
  static let gap = Nanos.ms(100)
  /// Of the messages that want no echo, one in so many is to be stored.
  private static let storedOneIn: UInt64 = 6
  /// The longest delay that is asked of a node.
  static let delayMax = Nanos.ms(100)

  init(_ plan: MixPlan, _ seed: Seed, now: Instant) {
    self.plan = plan
    random = RandomStream(seed: seed)
    storing = RandomStream(seed: seed.derived("storing"))
    forge = plan.crypto.forge(plan.directory)
    home = plan.layers[2][Int(random.below(UInt64(plan.layers[2].count)))]
    nextSend = now + .s(1)
  }

  /// A key pair for the client.
  mutating func makeKey() -> ClientKey {
    var seed = [UInt8](repeating: 0, count: 32)
    var span = seed.mutableSpan
    random.fill(&span)
    return ClientKey(seed: seed)
  }

  /// The next message, by one of these nodes of the first layer if there is one; its successor's time follows from it.
  mutating func draw(_ entries: [Int]) -> Draft {
    nextSend = nextSend + Nanos(random.below(2 * Self.gap.ns + 1))
    var route = plan.route(&random)
    let pick = random.next()
    if !entries.isEmpty { route[0] = entries[Int(pick % UInt64(entries.count))] }
    let isEcho = random.below(10) < 7
    let isStored = !isEcho && plan.storeFolder != nil && storing.below(Self.storedOneIn) == 0
    return makeDraft(route, isEcho ? .echo : isStored ? .store : .sink, back: plan.layers)
  }

  /// A message along a route that wants an answer by nodes of these layers.
  mutating func probe(_ route: [Int], back layers: [[Int]]) -> Draft { makeDraft(route, .echo, back: layers) }

  private mutating func makeDraft(_ route: [Int], _ service: Service, back layers: [[Int]]) -> Draft {
    let back = MixPlan.route(layers, &random).dropLast() + [home]
    let block = service.answers ? forge.blockSize(hops: back.count) : 0
    let room = SphinxSize.regular.messageMax - Fragment.headerSize - block
    return Draft(
      route: route, back: Array(back), service: service, size: Int(random.below(UInt64(max(1, room + 1)))))
  }

  /// Makes the packet of a message; nil when that cannot be done.
  mutating func packet(_ draft: Draft, _ number: Int, _ ledger: Ledger) -> [UInt8]? {
    var data = [UInt8](repeating: 0, count: draft.size)
    var bytes = data.mutableSpan
    random.fill(&bytes)
    var fragment = Fragment(
      message: Bytes16(words: [UInt64(number), random.next()]), index: 0, count: 1, size: UInt32(draft.size))
    ledger.name(number, fragment.message)
    var blocks: [UInt8] = []
    if draft.service.answers {
      guard let surb = makeBlock(draft.back) else { return nil }
      (fragment.blocks, fragment.blockSize) = (1, UInt16(surb.bytes.count))
      blocks = surb.bytes
      ledger.ask(number, from: client.number, surb.recovery, wanted(draft, fragment.message, data))
    }
    var message = [UInt8](repeating: 0, count: Fragment.headerSize)
    var head = message.mutableSpan
    fragment.write(to: &head)
    message += blocks
    message += data
    let recipient = SphinxRecipient(destination: draft.service.address, identifier: Bytes16())
    return forge.packet(message, along: hops(draft.route), to: recipient, random: &random)
  }

  /// What the answer must say.
  private func wanted(_ draft: Draft, _ message: Bytes16, _ data: [UInt8]) -> Ledger.Wanted {
    guard draft.service == .store, let node = draft.route.last, let folder = plan.storeFolder else {
      return .bytes(Fingerprint.of(data))
    }
    return .receipt(
      Receipt(
        node: node, path: "\(folder)/\(message)", name: "\(message)", size: data.count, digest: Fingerprint.of(data)))
  }

  private mutating func makeBlock(_ back: [Int]) -> (bytes: [UInt8], recovery: SURBRecovery)? {
    let hops = hops(back)
    let recipient = SphinxRecipient(
      destination: client.address, identifier: Bytes16(words: [random.next() | 1, random.next()]))
    return forge.replyBlock(along: hops, to: recipient, random: &random)
  }

  private mutating func hops(_ route: [Int]) -> [ForgeHop] {
    var hops: [ForgeHop] = []
    hops.reserveCapacity(route.count)
    for node in route { hops.append(ForgeHop(node: node, delay: Nanos(random.below(Self.delayMax.ns + 1)))) }
    return hops
  }

  /// The answer's bytes in a reply; nil when the reply is none, or does not fit the block.
  func open(_ payload: [UInt8], with recovery: SURBRecovery) -> [UInt8]? {
    guard let message = forge.open(payload, with: recovery) else { return nil }
    guard let fragment = Fragment(message.span), fragment.flags == .isReply, fragment.count == 1 else { return nil }
    return Array(message[fragment.dataStart...])
  }
}
