public import MixNet

/// All connections of one adversary's host.
public final class RawWires {
  private let network: any Network
  private let clock: any Clock
  /// Those that are not over, in the order in which they were begun.
  public private(set) var wires: [RawWire] = []
  /// Connections that were begun.
  public private(set) var begun = 0
  /// Those on which somebody else hung up that were open, and are such as `isShownOut` says.
  public private(set) var shownOut = 0
  /// Whether a connection that ends now ends in its handshake.
  public var isShownOut: (RawWire) -> Bool = { _ in true }
  private var events: [NetworkEvent] = []
  private var buffer = [UInt8](repeating: 0, count: 16 << 10)

  /// Connections of a host.
  public init(_ environment: Environment) {
    (network, clock) = (environment.network, environment.clock)
    events.reserveCapacity(64)
  }

  /// The time.
  public var now: Instant { clock.now }

  /// Begins a connection; nil when the host itself has no more descriptors.
  @discardableResult
  public func connect(_ address: Address, target: Int) -> RawWire? {
    guard let id = try? network.connect(address) else { return nil }
    begun += 1
    let wire = RawWire(id, network, target: target, now: now)
    wires.append(wire)
    return wire
  }

  /// Takes what the network tells, and forgets the connections that are over.
  public func poll() {
    events.removeAll(keepingCapacity: true)
    network.wait(until: .zero, into: &events)
    for event in events {
      guard case .connection(let id) = event.source, let wire = wires.first(where: { $0.id == id }) else { continue }
      let wasOpen = wire.state == .open
      wire.handle(event, &buffer)
      if wire.state == .ended, wasOpen, isShownOut(wire) { shownOut += 1 }
    }
    wires.removeAll { $0.state == .ended }
  }
}
