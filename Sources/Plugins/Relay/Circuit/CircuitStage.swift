package import MixHost
import MixNet

/// What `[circuit]` says.
struct CircuitConfig: Sendable {
  enum Place: String, CaseIterable, Sendable {
    case entry, middle, exit
  }

  let place: Place
  let next: Address?
  let service: ServiceSpec
  let idle: Nanos
  let circuitsMax: Int
  let waitingMax: Int
  let storedMax: Int

  init(from table: inout ConfigTable) {
    place = table.choice(
      "type", default: .entry, "where the node stands: clients come to an entry, services are at an exit")
    next = table.target("next", "the node that requests go on to; an exit has none")
    let service = table.string("service", default: "echo", "what answers at an exit: \(ServiceSpec.allowed)")
    if ServiceSpec(service) == nil {
      table.mistake(at: "service", "no service is written '\(service)'; it is \(ServiceSpec.allowed)")
    }
    self.service = ServiceSpec(service) ?? ServiceSpec(name: "echo", kind: .echo)
    idle = table.seconds("idle_s", default: 60, in: 1...86_400, "a circuit ends after so long without use")
    circuitsMax = table.int("circuits_max", default: 65_536, in: 1...16_777_216, "circuits that may be open at once")
    waitingMax = ServiceLimits.waitingMax(from: &table)
    storedMax = ServiceLimits.storedMax(from: &table)
    if next == nil, place != .exit {
      table.mistake(at: "next", "an \(place.rawValue) needs 'next', the address of the node after it")
    }
  }
}

/// The plain relay: a client's request goes entry, middle, exit to a service, and the answer comes back by the same
/// circuit to that client and to no other. Answers come in the order of the requests as long as the chain neither delays
/// nor mixes.
final class CircuitStage: ForwardStage {
  private let config: CircuitConfig
  private var table: CircuitTable
  private var next: LinkID?
  /// Until when a next node that was given up is not tried again.
  private var rests = Instant.zero
  private let service: (any Service)?
  private let answers = AnswerQueue(maker: nil, bytesMax: 0)

  init(_ config: CircuitConfig, _ builder: inout StageBuilder) throws(BuildError) {
    self.config = config
    var random = builder.random()
    table = CircuitTable(capacity: config.circuitsMax, idle: config.idle, firstID: random.next())
    // An echo is the frame itself, sent back as it came; it needs no service.
    let isEcho = config.place != .exit || config.service.kind == .echo
    let limits = ServiceLimits(
      messageMax: builder.plan.limits.dataMax - 8, waitingMax: config.waitingMax, storedMax: config.storedMax)
    service = isEcho ? nil : try makeService(config.service, limits: limits, builder)
  }

  func started(_ turn: inout Turn) {
    if config.place != .exit, let address = config.next { next = turn.open(address) }
    service?.start(&turn)
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      let link = batch.link(i)
      let reason: DropReason?
      if link == next {
        reason = back(i, batch, &outlets, turn.now)
      } else if config.place == .exit {
        reason = serve(i, batch, &outlets, &verdicts, &turn)
      } else {
        reason = onward(i, batch, &outlets, &turn)
      }
      if let reason { verdicts.drop(i, reason) }
    }
    if table.next != .never { turn.wake(at: table.next) }
  }

  /// A request on its way to the exit. A client sends the body alone; a node puts its circuit id before it.
  private func onward(
    _ i: Int, _ batch: borrowing PacketBatch, _ outlets: inout Outlets, _ turn: inout Turn
  ) -> DropReason? {
    if next == nil, config.place != .exit, rests <= turn.now, let address = config.next { next = turn.open(address) }
    guard let next else { return .linkDown }
    let skip = config.place == .entry ? 0 : 8
    guard batch.size(i) >= skip else { return .malformed }
    // The next node would end the link, and everybody's circuits with it.
    guard batch.size(i) - skip + 8 <= turn.frameMax else { return .wrongSize }
    let id = skip == 0 ? 0 : batch.bytes(i).bigEndianWord(at: 0)
    guard let mine = table.forward(from: .init(link: batch.link(i), id: id), now: turn.now) else { return .queueFull }
    return outlets.send(i, on: next, skip: skip, prefix: SendPrefix(mine)) ? nil : .queueFull
  }

  /// An answer on its way to the client.
  private func back(
    _ i: Int, _ batch: borrowing PacketBatch, _ outlets: inout Outlets, _ now: Instant
  ) -> DropReason? {
    guard batch.size(i) >= 8 else { return .malformed }
    guard let origin = table.back(batch.bytes(i).bigEndianWord(at: 0), now: now) else { return .unknownDestination }
    let prefix = config.place == .entry ? SendPrefix.none : SendPrefix(origin.id)
    return outlets.send(i, on: origin.link, skip: 8, prefix: prefix) ? nil : .queueFull
  }

  /// A request at the exit.
  private func serve(
    _ i: Int, _ batch: borrowing PacketBatch, _ outlets: inout Outlets, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) -> DropReason? {
    guard batch.size(i) >= 8 else { return .malformed }
    guard let service else { return outlets.send(i, on: batch.link(i)) ? nil : .queueFull }
    let bytes = batch.bytes(i)
    let origin = CircuitTable.Origin(link: batch.link(i), id: bytes.bigEndianWord(at: 0))
    let message = (8..<bytes.count).map { bytes[$0] }
    if let reason = service.receive(message, from: .circuit(origin), answers, &turn) { return reason }
    verdicts.consume(i)
    return nil
  }

  func received(_ part: Span<UInt8>, at offset: Int, of size: Int, on link: LinkID, _ turn: inout Turn) {
    _ = service?.receive(part, at: offset, of: size, on: link, answers, &turn)
  }

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    service?.linkChanged(change, &turn)
    if change.isOver, change.link == next {
      next = nil
      rests = turn.now + .s(5)
    }
    if !change.isUp, !change.isDialled { table.close(link: change.link) }
  }

  func woke(_ turn: inout Turn) {
    answers.pump(&turn)
    table.expire(turn.now)
    if table.next != .never { turn.wake(at: table.next) }
  }

  func status() -> [StatusField] { [StatusField("circuits", .int(table.count))] }
}

extension StageDescriptor {
  /// `circuit`: requests onward, answers back.
  package static let circuit = StageDescriptor(
    .forward, "circuit", summary: "carries requests entry, middle, exit to a service, and the answers back",
    config: CircuitConfig.init(from:),
    shared: { (config: CircuitConfig, context: inout LoadContext) -> Bool? in
      context.addMemory("circuits", atMost: config.circuitsMax * CircuitTable.cost)
      if config.place == .exit, config.service.kind != .echo, config.service.kind != .sink {
        context.addMemory("what waits for the service", atMost: config.waitingMax)
      }
      return true
    },
    make: { (config: CircuitConfig, _: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
      try CircuitStage(config, &builder)
    })
}
