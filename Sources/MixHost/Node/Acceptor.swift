import MixNet
import Synchronization

/// The listening sockets of a node, on its first worker: each accepted connection goes to the worker that has the fewest
/// links among those that run the chain.
final class Acceptor {
  private struct Door {
    let listener: ListenerID
    let address: Address
    let chain: Int
    let isForClients: Bool
    var opensAt = Instant.never
  }

  private let environment: Environment
  private let shared: NodeShared
  /// Looked at in every turn; not held while ``accept(_:now:deal:)`` deals.
  @exclusivity(unchecked) private var doors: [Door] = []
  /// True while some door is closed for a rest.
  @exclusivity(unchecked) private var isResting = false

  private static let acceptsPerTurn = 64
  private static let backlog = 512
  /// How long a listener rests when descriptors are used up.
  private static let rest = Nanos.ms(100)

  init(environment: Environment, shared: NodeShared) throws(NetworkError) {
    self.environment = environment
    self.shared = shared
    for (number, chain) in shared.blueprint.chains.enumerated() {
      if let listen = chain.plan.listen { try open(listen, chain: number, isForClients: false) }
    }
    if let clients = shared.blueprint.clients { try open(clients.listen, chain: clients.chain, isForClients: true) }
  }

  private func open(_ address: Address, chain: Int, isForClients: Bool) throws(NetworkError) {
    let listener = try environment.network.listen(address, backlog: Self.backlog)
    let real = environment.network.address(of: listener) ?? address
    doors.append(Door(listener: listener, address: real, chain: chain, isForClients: isForClients))
  }

  /// Where the node really listens: each chain's name, or `clients`.
  var addresses: [(name: String, address: Address)] {
    doors.map { ($0.isForClients ? "clients" : shared.blueprint.chains[$0.chain].plan.name, $0.address) }
  }

  /// Takes those who wait; gives each to `deal`, with the worker that should own it.
  func accept(
    _ listener: ListenerID, now: Instant,
    deal: (DetachedConnection, _ ticket: UInt64, Link.Kind, _ chain: Int, _ worker: Int) -> Void
  ) {
    guard let number = doors.firstIndex(where: { $0.listener == listener }) else { return }
    let door = doors[number]
    let plan = shared.blueprint.chains[door.chain].plan
    for _ in 0..<Self.acceptsPerTurn {
      switch Probe.buggify("door.rested", oneIn: 20) ? .exhausted : environment.network.accept(listener) {
      case .accepted(let connection):
        let worker = shared.lightest(for: plan)
        let entry = shared.door.enter(connection.peer, worker: worker, memoryPercent: shared.usedPercent, now)
        guard let entry else {
          environment.network.discard(connection)
          continue
        }
        if let evicted = entry.evicted {
          shared.ports[evicted.worker].post { $0.links.giveWay(evicted.ticket) }
        }
        let kind: Link.Kind = door.isForClients ? .client : plan.framing == .raw ? .raw : .peer
        deal(connection, entry.ticket, kind, door.chain, worker)
      case .blocked: return
      case .exhausted:
        shared.exhausted.wrappingAdd(1, ordering: .relaxed)
        environment.network.setInterest(listener, accept: false)
        doors[number].opensAt = now + Self.rest
        isResting = true
        return
      }
    }
  }

  /// Listens again where a rest is over; says when the next one will be.
  func reopen(now: Instant) -> Instant {
    guard isResting else { return .never }
    var next = Instant.never
    for number in doors.indices where doors[number].opensAt != .never {
      if doors[number].opensAt <= now {
        doors[number].opensAt = .never
        environment.network.setInterest(doors[number].listener, accept: true)
      }
      next = min(next, doors[number].opensAt)
    }
    isResting = next != .never
    return next
  }

  /// Closes all doors.
  func close() {
    for door in doors { environment.network.close(door.listener) }
    doors = []
  }
}
