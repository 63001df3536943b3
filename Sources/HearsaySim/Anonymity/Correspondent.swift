import MixNet
import SimNet

/// A client whose connections last: it attaches to some nodes at once, and does its work whenever that is due.
final class Correspondent: SimReactor {
  let key: ClientKey
  private let environment: Environment
  private(set) var wires: [ClientWire] = []
  private var events: [NetworkEvent] = []
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  /// Does what is due, and says when more is.
  var work: (Correspondent, Instant) -> Instant = { _, _ in .never }

  /// A client of the nodes with these numbers and doors.
  init(_ environment: Environment, _ key: ClientKey, _ doors: [(node: Int, address: Address)]) throws(NetworkError) {
    (self.environment, self.key) = (environment, key)
    for door in doors {
      wires.append(
        try ClientWire(to: door.node, at: door.address, key, environment.network, now: environment.clock.now))
    }
    events.reserveCapacity(64)
  }

  /// Attached to all of them.
  var isReady: Bool { wires.allSatisfy { $0.state == .attached } }

  func turn() -> Instant? {
    events.removeAll(keepingCapacity: true)
    environment.network.wait(until: .zero, into: &events)
    for event in events {
      guard case .connection(let id) = event.source, let wire = wires.first(where: { $0.id == id }) else { continue }
      wire.handle(event, &buffer)
    }
    return work(self, environment.clock.now)
  }

  /// Sends a packet to one of its nodes.
  func send(_ packet: [UInt8], to node: Int) { wires.first { $0.node == node }?.send(packet: packet) }
}
