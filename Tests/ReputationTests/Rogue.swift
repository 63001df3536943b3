import MixNet
import SimNet

/// A program that greets as a node does and then says a frame that no node may say, on every connection that it gets or makes.
final class Rogue: SimReactor {
  private let network: any Network
  private let clock: any Clock
  private var listener: ListenerID?
  private let target: Address?
  private let speech: [UInt8]
  private var open: [ConnectionID] = []
  private var events: [NetworkEvent] = []
  private var buffer = [UInt8](repeating: 0, count: 4_096)
  private var again = Instant.zero

  /// It listens, or with a target connects to it five times a second.
  init(_ environment: Environment, greeting: [UInt8], listens: Address?, connects target: Address? = nil) throws {
    (network, clock) = (environment.network, environment.clock)
    listener = try listens.map { try environment.network.listen($0, backlog: 16) }
    self.target = target
    // A frame of four gigabytes.
    speech = greeting + [0xff, 0xff, 0xff, 0xff, FrameKind.data.rawValue]
    events.reserveCapacity(64)
  }

  func turn() -> Instant? {
    events.removeAll(keepingCapacity: true)
    network.wait(until: .zero, into: &events)
    if let listener {
      while case .accepted(let connection) = network.accept(listener) { begin(network.adopt(connection)) }
    }
    for event in events {
      guard case .connection(let id) = event.source else { continue }
      guard open.contains(id) else {
        if case .moved = network.finishConnect(id) { begin(id) }
        continue
      }
      switch network.read(into: &buffer, from: id) {
      case .moved, .blocked: break
      case .ended, .failed:
        network.close(id, abort: true)
        open.removeAll { $0 == id }
      }
    }
    if let target, clock.now >= again {
      again = clock.now + .ms(200)
      _ = try? network.connect(target)
    }
    return clock.now + .ms(50)
  }

  private func begin(_ id: ConnectionID) {
    open.append(id)
    _ = network.write(speech, on: id)
  }
}
