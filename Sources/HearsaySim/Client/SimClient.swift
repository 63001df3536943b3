import MixNet
import SimNet

/// A client of the network on a host of its own: a reactor that attaches to nodes, sends messages and takes replies.
///
/// It is attached to its home, where its replies come in, and to every node of the first layer.
final class SimClient: SimReactor {
  let number: Int
  private let environment: Environment
  private let plan: MixPlan
  private let ledger: Ledger
  private let key: ClientKey
  private var maker: MessageMaker
  private var wires: [ClientWire] = []
  /// When nodes that it has no connection to may be tried again.
  private var nextTry = Instant.zero
  private var events: [NetworkEvent] = []
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private let isSending: () -> Bool
  private let mayBeDamaged: () -> Bool
  private let note: (String) -> Void
  private let overhear: ([UInt8], Int) -> Void
  private let leaves: Bool
  /// The time at which the oldest message was sent of those that had no answer when the last one came.
  private var waitingSince: Instant?
  /// The nodes that it keeps a connection to.
  private let nodes: [Int]
  private var absence: Absence
  private var isAway = false

  static let retry = Nanos.ms(500)
  /// A node that does not let it in for so long is tried anew; a home that answers nothing has forgotten the client.
  ///
  /// It is shorter than what the oracle for liveness waits for, so that a home that was given up is there again for the
  /// next message.
  static let patience = Nanos.s(4)

  /// What the client is told of the run.
  struct Orders {
    /// Bits may have been flipped in what it reads.
    let mayBeDamaged: () -> Bool
    /// It shall send messages of its own accord.
    let isSending: () -> Bool
    /// Writes a line into the trace.
    let note: (String) -> Void
    /// It leaves its home now and then.
    let leaves: Bool
    /// Is told of each packet that it sends to a node.
    let overhear: (_ packet: [UInt8], _ node: Int) -> Void
  }

  init(_ number: Int, _ environment: Environment, _ plan: MixPlan, _ ledger: Ledger, seed: SimSeed, _ orders: Orders) {
    (self.number, self.environment, self.plan, self.ledger) = (number, environment, plan, ledger)
    (isSending, mayBeDamaged, note) = (orders.isSending, orders.mayBeDamaged, orders.note)
    (overhear, leaves) = (orders.overhear, orders.leaves)
    absence = Absence(seed.derived(.workload(Workload.absence + UInt64(number))), now: environment.clock.now)
    maker = MessageMaker(plan, seed.derived(.workload(UInt64(number) + 1)), now: environment.clock.now)
    key = maker.makeKey()
    maker.client = (number, key.address)
    let home = maker.home
    nodes = plan.layers[0] + (plan.layers[0].contains(home) ? [] : [home])
    events.reserveCapacity(64)
  }

  /// The nodes of the first layer that it is attached to.
  private var entries: [Int] {
    let first = plan.layers[0]
    return wires.compactMap { $0.state == .attached && first.contains($0.node) ? $0.node : nil }
  }

  /// True when it is attached to all nodes of a part that it attaches to.
  func isReady(in core: Core) -> Bool {
    nodes.allSatisfy { node in
      !core.contains(node) || wires.contains { $0.node == node && $0.state == .attached }
    }
  }

  /// Its address.
  var address: Bytes32 { key.address }
  /// How often it has left its home.
  var absences: Int { absence.count }
  /// The node that its replies come to.
  var home: Int { maker.home }

  func turn() -> Instant? {
    events.removeAll(keepingCapacity: true)
    environment.network.wait(until: .zero, into: &events)
    for event in events {
      guard case .connection(let id) = event.source, let wire = wires.first(where: { $0.id == id }) else { continue }
      wire.handle(event, &buffer)
    }
    takeReplies()
    for wire in wires { wire.keepAlive(environment.clock.now) }
    isAway = absence.look(environment.clock.now, mayLeave: leaves && isSending())
    loseWires()
    openWires()
    let nextWord = wires.reduce(Instant.never) { min($0, $1.nextWord) }
    return min(min(min(min(sendDue(), nextTry), impatient), nextWord), absence.changes)
  }

  /// When it gives up what it waits for now.
  private var impatient: Instant {
    let begun = wires.reduce(Instant.never) { $1.state == .attached ? $0 : min($0, $1.began) }
    return min(begun, waitingSince ?? .never) + Self.patience
  }

  // MARK: Connections

  private func loseWires() {
    let now = environment.clock.now
    for wire in wires {
      ledger.packetsOut += wire.takePacketsOut()
      if wire.state != .attached, now >= wire.began + Self.patience { wire.close() }
      if wire.isRepeated, !mayBeDamaged() {
        ledger.violate("kept", "client \(number) got a kept message again on one connection, or an older one after it")
      }
      if wire.isGarbled, !mayBeDamaged() { ledger.violate("frames", "client \(number) got a frame that is none") }
    }
    if isAway {
      wires.first { $0.node == maker.home }?.close()
      waitingSince = nil
    }
    // A home that lost its power does not say so to one who only listens.
    if let since = waitingSince, now >= since + Self.patience {
      note("client \(number) gives its home up")
      wires.first { $0.node == maker.home }?.close()
      waitingSince = nil
    }
    wires.removeAll { $0.state == .ended }
  }

  private func openWires() {
    let now = environment.clock.now
    // Its home is one of the nodes.
    guard wires.count < nodes.count - (isAway ? 1 : 0) else {
      nextTry = .never
      return
    }
    guard nextTry == .never || now >= nextTry else { return }
    nextTry = now + Self.retry
    for node in nodes where !(isAway && node == maker.home) && !wires.contains(where: { $0.node == node }) {
      guard let address = plan.directory.nodes[node].clients else { continue }
      if let wire = try? ClientWire(to: node, at: address, key, environment.network, now: now) { wires.append(wire) }
    }
  }

  // MARK: Messages

  private func takeReplies() {
    for wire in wires {
      for message in wire.takeMessages() {
        let answered = ledger.take(
          message.identifier, message.number, by: number, mayBeDamaged: mayBeDamaged()
        ) { recovery in maker.open(message.payload, with: recovery) }
        waitingSince = nil
        if let answered { note("answer \(answered)") }
      }
    }
  }

  /// Sends what is due; says when the next message is.
  private func sendDue() -> Instant {
    guard isSending() else { return .never }
    let now = environment.clock.now
    while maker.nextSend <= now { send(maker.draw(entries)) }
    return maker.nextSend
  }

  /// Sends a message along a route and asks for an answer, whatever the pace is; gives its number, or nil when the client
  /// is not attached to the route's first node.
  func probe(_ route: [Int], back layers: [[Int]]) -> Int? { send(maker.probe(route, back: layers)) }

  @discardableResult
  private func send(_ draft: MessageMaker.Draft) -> Int? {
    guard let entry = draft.route.first, let wire = wires.first(where: { $0.node == entry && $0.state == .attached })
    else {
      ledger.unsent += 1
      return nil
    }
    let number = ledger.send()
    guard let packet = maker.packet(draft, number, ledger) else {
      ledger.violate("client", "no packet could be made of message \(number)")
      return nil
    }
    var text = "message \(number) \(draft.service.rawValue) by "
    for (place, node) in draft.route.enumerated() {
      if place > 0 { text += "," }
      text += plan.directory.nodes[node].name
    }
    note(text)
    overhear(packet, entry)
    wire.send(packet: packet)
    // The second must be refused as a replay.
    if Probe.buggify("client.sends_twice", oneIn: 10) { wire.send(packet: packet) }
    ledger.packetsOut += wire.takePacketsOut()
    if draft.service.answers, !isAway { waitingSince = waitingSince ?? environment.clock.now }
    return number
  }

  /// Bytes that wait for the client's connections to nodes of a part.
  func waiting(in core: Core) -> Int { wires.reduce(0) { $0 + (core.contains($1.node) ? $1.waiting : 0) } }
  /// Sockets that the client has open.
  var connections: Int { wires.count }
}
