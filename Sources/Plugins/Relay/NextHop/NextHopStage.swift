package import MixHost
import MixNet

/// What `[next_hop]` says.
struct NextHopConfig: Sendable {
  let services: [ServiceSpec]
  let limits: Reassembler.Limits
  let waitingMax: Int
  let storedMax: Int

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
    let timeout = table.seconds(
      "reassembly_s", default: 60, in: 1...3_600, "how long a message may wait for its next packet")
    limits = Reassembler.Limits(messageMax: messageMax, bytesMax: bytesMax, timeout: timeout)
    waitingMax = ServiceLimits.waitingMax(from: &table)
    storedMax = ServiceLimits.storedMax(from: &table)
  }
}

/// Routes of a mix: to the next node, to a service here, to a stage that has claimed the address, or to a client.
final class NextHopStage: ForwardStage {
  private let chain: String
  private let node: NodeFacts
  /// The network, as the operator last said.
  private var directory: NetworkDirectory
  /// This chain itself: the next hop may be this very node, as for a reply whose route begins where the service is.
  private let here: ChainRef?
  private let maker: any PacketMaker
  /// Where the chain has a stage that chooses peers, it opens the links, and there are no others.
  private let chooser: (any PeerChooser)?
  /// Where the chain has a stage that keeps scores: who is banned gets no link.
  private let scores: (any ScoreBook)?
  private let answers: AnswerQueue
  /// The link to each node, and the node of each link.
  private var links: [Bytes32: LinkID] = [:]
  private var peers: [LinkID: Bytes32] = [:]
  /// Until when a node that was given up is not tried again, whoever asks for it.
  private var rests: [Bytes32: Instant] = [:]
  private static let rest = Nanos.s(5)
  private let services: [Bytes32: any Service]
  private let all: [any Service]
  private let echo: Bytes32?
  private var reassembler: Reassembler

  init(_ config: NextHopConfig, _ builder: inout StageBuilder) throws(BuildError) {
    chain = builder.plan.name
    node = builder.node
    directory = builder.node.directory
    here = builder.chain(builder.plan.name)
    maker = try builder.capability(.packetMaker)
    chooser = builder.offered(.peerChooser)
    scores = builder.offered(.scoreBook)
    answers = AnswerQueue(maker: maker, bytesMax: config.waitingMax)
    reassembler = Reassembler(limits: config.limits)
    var services: [Bytes32: any Service] = [:]
    var all: [any Service] = []
    for spec in config.services {
      let limits = ServiceLimits(
        messageMax: config.limits.messageMax, waitingMax: config.waitingMax, storedMax: config.storedMax)
      let service = try makeService(spec, limits: limits, builder)
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
        if let reason = pass(i, to: address, &outlets, &turn) { verdicts.drop(i, reason) }
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

  /// Sends a packet on: nil, or why not. The next node may be this one: who enters a network where its replies leave it
  /// sends such packets. They begin anew here, without a link.
  private func pass(_ i: Int, to address: Bytes32, _ outlets: inout Outlets, _ turn: inout Turn) -> DropReason? {
    if address == node.address, let here { return outlets.hand(i, to: here) ? nil : .queueFull }
    if let chooser { return pass(i, to: address, by: chooser, &outlets) }
    let other = Probe.planted("wrong_link", oneIn: 50) ? links.keys.min { $0.words[0] < $1.words[0] } : nil
    guard let link = links[other ?? address] else { return open(address, for: i, &outlets, &turn) }
    return outlets.send(i, on: link) ? nil : .queueFull
  }

  /// A node that may not be used now is none for the sender to name; one that may has a link, if the node has places for links.
  private func pass(
    _ i: Int, to address: Bytes32, by chooser: any PeerChooser, _ outlets: inout Outlets
  ) -> DropReason? {
    guard chooser.isChosen(address) else { return .badRoute }
    guard let link = chooser.link(to: address) else { return .linkDown }
    return outlets.send(i, on: link) ? nil : .queueFull
  }

  /// The one link to the node with this address is opened when it is first needed.
  private func open(_ address: Bytes32, for i: Int, _ outlets: inout Outlets, _ turn: inout Turn) -> DropReason? {
    let peer = directory.nodes.first { $0.address == address }
    guard address != node.address, let target = peer?.listens(chain) else { return .unknownHop }
    if let rest = rests[address], rest > turn.now { return .linkDown }
    if scores?.standing(of: address, at: turn.now) == .banned {
      rests[address] = turn.now + Self.rest
      return .banned
    }
    // The node may have as many links as it may.
    guard let link = turn.open(target, peer: address) else { return .linkDown }
    links[address] = link
    peers[link] = address
    return outlets.send(i, on: link) ? nil : .queueFull
  }

  /// A payload for a service here: nil when it was taken.
  private func serve(
    _ payload: Span<UInt8>, _ service: any Service, isEcho: Bool, _ turn: inout Turn
  ) -> DropReason? {
    guard let range = maker.message(in: payload) else {
      Probe.reachable("next_hop.bad_payload")
      return .badPayload
    }
    let message = payload.extracting(range)
    guard let fragment = Fragment(message), hasBlocks(fragment, message) else { return .badPayload }
    if isEcho, fragment.blocks > 0 { return answerAtOnce(fragment, message, &turn) }
    switch reassembler.take(fragment, payload: message, now: turn.now) {
    case .whole(let whole):
      return service.receive(whole.bytes, from: .blocks(message: whole.id, whole.blocks), answers, &turn)
    case .kept, .duplicate: return nil
    case .full: return .serviceBusy
    case .wrong: return .badPayload
    }
  }

  /// True when what the fragment calls reply blocks may be some: else a sender could have much kept for little.
  private func hasBlocks(_ fragment: Fragment, _ message: Span<UInt8>) -> Bool {
    (0..<Int(fragment.blocks)).allSatisfy { maker.firstHop(of: message.extracting(fragment.block($0))) != nil }
  }

  /// An echo needs no whole message: each fragment that brings a block goes back by it.
  private func answerAtOnce(_ fragment: Fragment, _ message: Span<UInt8>, _ turn: inout Turn) -> DropReason? {
    let end = message.count - (Probe.planted("answer_cut", oneIn: 50) ? min(1, message.count - fragment.dataStart) : 0)
    let data = message.extracting(fragment.dataStart..<end)
    let back = Fragment(
      flags: .isReply, message: fragment.message, index: fragment.index, count: fragment.count, size: fragment.size)
    return answers.reply(message.extracting(fragment.block(0)), back, data, &turn)
  }

  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {
    for service in all where service.receive(part, at: offset, of: size, on: link, answers, &turn) { return }
  }

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    for service in all { service.linkChanged(change, &turn) }
    // The next packet for that node opens another.
    if change.isOver, let peer = peers.removeValue(forKey: change.link) {
      links[peer] = nil
      rests[peer] = turn.now + Self.rest
    }
  }

  /// Links to nodes that are gone, or that listen elsewhere now, are closed; what waits for them is sent first.
  func networkChanged(_ new: NetworkDirectory, _ turn: inout Turn) {
    func place(_ directory: NetworkDirectory, _ address: Bytes32) -> Address? {
      directory.nodes.first { $0.address == address }?.listens(chain)
    }
    for peer in directory.nodes where place(new, peer.address) != peer.listens(chain) {
      guard let link = links.removeValue(forKey: peer.address) else { continue }
      peers[link] = nil
      rests[peer.address] = nil
      turn.close(link)
    }
    directory = new
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
      StatusField("messages_given_up", .int(Int(clamping: reassembler.evicted))),
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
        context.addMemory("incomplete messages", atMost: config.limits.bytesMax)
        let waits = config.services.filter { $0.kind != .echo && $0.kind != .sink }.count
        context.addMemory("what waits for services", atMost: (waits + 1) * config.waitingMax)
      }
      return true
    },
    make: { (config: NextHopConfig, _: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
      try NextHopStage(config, &builder)
    })
}
