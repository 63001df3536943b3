package import MixHost
import MixNet

/// What `[next_hop]` says.
struct NextHopConfig: Sendable {
  let services: [ServiceSpec]
  let limits: Reassembler.Limits

  init(from table: inout ConfigTable) {
    var services: [ServiceSpec] = []
    let texts = table.strings(
      "services", default: [], "services at this node, each \(ServiceSpec.allowed)")
    for text in texts {
      guard let spec = ServiceSpec(text) else {
        table.mistake(at: "services", "no service is written '\(text)'; it is \(ServiceSpec.allowed)")
        continue
      }
      if services.contains(where: { $0.name == spec.name }) {
        table.mistake(at: "services", "two services have the name '\(spec.name)'")
      }
      services.append(spec)
    }
    self.services = services
    let messageMax = table.int(
      "message_max", default: 16 << 20, in: 1_024...1 << 30, "largest message that a service takes, in bytes")
    let bytesMax = table.int(
      "reassembly_bytes_max", default: 64 << 20, in: 65_536...1 << 34,
      "bytes of messages that are not complete yet; more is refused")
    let timeout = table.int(
      "reassembly_s", default: 60, in: 1...3_600, "how long a message may take from its first packet to its last")
    limits = Reassembler.Limits(messageMax: messageMax, bytesMax: bytesMax, timeout: .s(UInt64(timeout)))
  }
}

/// Routes of a mix: to the next node, to a service here, to a stage that has claimed the address, or to a client.
final class NextHopStage: ForwardStage {
  private let chain: String
  private let node: NodeFacts
  private let maker: any PacketMaker
  private let answers: AnswerQueue
  private var links: [Bytes32: LinkID] = [:]
  private let services: [Bytes32: any Service]
  private let all: [any Service]
  private let echo: Bytes32?
  private var reassembler: Reassembler

  init(_ config: NextHopConfig, _ builder: inout StageBuilder) throws(BuildError) {
    chain = builder.plan.name
    node = builder.node
    maker = try builder.capability(.packetMaker)
    answers = AnswerQueue(maker: maker)
    reassembler = Reassembler(limits: config.limits)
    var services: [Bytes32: any Service] = [:]
    var all: [any Service] = []
    for spec in config.services {
      let service = makeService(spec, node: builder.node, messageMax: config.limits.messageMax)
      services[Fingerprint.service(spec.name)] = service
      all.append(service)
    }
    self.services = services
    self.all = all
    echo = config.services.first { $0.kind == .echo }.map { Fingerprint.service($0.name) }
  }

  func started(_ turn: inout Turn) { for service in all { service.start(&turn) } }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices where verdicts.isOpen(i) && !outlets.isSettled(i) {
      switch columns.route(i) {
      case .none: continue
      case .node(let address):
        guard let link = link(to: address, &turn) else {
          verdicts.drop(i, .unknownHop)
          continue
        }
        if !outlets.send(i, on: link) { verdicts.drop(i, .queueFull) }
      case .destination(let address, let identifier):
        if outlets.serve(i, at: address) { continue }
        if let service = services[address] {
          switch serve(batch.bytes(i), service, isEcho: address == echo, &turn) {
          case nil: verdicts.consume(i)
          case let reason?: verdicts.drop(i, reason)
          }
        } else if !outlets.deliver(i, toClient: address, identifier: identifier) {
          verdicts.drop(i, .unknownDestination)
        }
      }
    }
    if reassembler.next != .never { turn.wake(at: reassembler.next) }
  }

  /// The one link to the node with this address, opened when it is first needed. The address may be this node's own: who
  /// enters a network where its replies leave it sends such packets.
  private func link(to address: Bytes32, _ turn: inout Turn) -> LinkID? {
    if let link = links[address] { return link }
    let peer = node.directory.nodes.first { $0.address == address }
    guard let target = peer?.listens(chain), let link = turn.open(target) else { return nil }
    links[address] = link
    return link
  }

  /// A payload for a service here: nil when it was taken.
  private func serve(
    _ payload: Span<UInt8>, _ service: any Service, isEcho: Bool, _ turn: inout Turn
  ) -> DropReason? {
    guard let range = maker.message(in: payload) else { return .badPayload }
    let message = payload.extracting(range)
    guard let fragment = Fragment(message) else { return .badPayload }
    if isEcho, fragment.blocks > 0 { return answerAtOnce(fragment, message, &turn) }
    switch reassembler.take(fragment, payload: message, now: turn.now) {
    case .whole(let whole):
      return service.receive(whole.bytes, from: .blocks(message: whole.id, whole.blocks), answers, &turn)
    case .kept, .duplicate: return nil
    case .full: return .serviceBusy
    case .wrong: return .badPayload
    }
  }

  /// An echo needs no whole message: each fragment that brings a block goes back by it.
  private func answerAtOnce(_ fragment: Fragment, _ message: Span<UInt8>, _ turn: inout Turn) -> DropReason? {
    let data = message.extracting(fragment.dataStart..<message.count)
    let back = Fragment(
      flags: .isReply, message: fragment.message, index: fragment.index, count: fragment.count, size: fragment.size)
    return answers.reply(message.extracting(fragment.block(0)), back, data, &turn)
  }

  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {
    for service in all where service.receive(part, at: offset, of: size, on: link, answers, &turn) { return }
  }

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    for service in all { service.linkChanged(change, &turn) }
  }

  func woke(_ turn: inout Turn) {
    answers.pump(&turn)
    for _ in 0..<reassembler.expire(turn.now) { turn.count(.expired) }
    if reassembler.next != .never { turn.wake(at: reassembler.next) }
  }

  func status() -> [StatusField] {
    [
      StatusField("peers", .int(links.count)), StatusField("messages_incomplete", .int(reassembler.count)),
      StatusField("reassembly_bytes", .int(reassembler.bytes)),
    ]
  }
}

extension StageDescriptor {
  /// `next_hop`: routes of a mix.
  package static let nextHop = StageDescriptor(
    .forward, "next_hop", summary: "sends packets to the next node, to services and to clients",
    needs: .route, uses: ["packet_maker"], config: NextHopConfig.init(from:),
    shared: { (config: NextHopConfig, context: inout LoadContext) -> Bool? in
      if !config.services.isEmpty {
        context.addMemory("incomplete messages, at most", bytes: config.limits.bytesMax)
      }
      return true
    },
    make: { (config: NextHopConfig, _: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
      try NextHopStage(config, &builder)
    })
}
