import MixNet

@testable import SimNet

/// Reads and writes with arrays.
extension SimNetwork {
  func write(_ connection: ConnectionID, _ bytes: [UInt8]) -> IOResult {
    var bytes = bytes
    return bytes.withUnsafeMutableBytes { room in
      guard let base = room.baseAddress else { return .blocked }
      var slice = IOSlice(base: base, count: room.count)
      return withUnsafePointer(to: &slice) { write(connection, from: UnsafeBufferPointer(start: $0, count: 1)) }
    }
  }

  func read(_ connection: ConnectionID, _ size: Int) -> (result: IOResult, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: size)
    let result = bytes.withUnsafeMutableBytes { room in
      guard let base = room.baseAddress else { return IOResult.blocked }
      var slice = IOSlice(base: base, count: room.count)
      return withUnsafePointer(to: &slice) { read(connection, into: UnsafeBufferPointer(start: $0, count: 1)) }
    }
    guard case .moved(let count) = result else { return (result, []) }
    return (result, Array(bytes.prefix(count)))
  }

  func send(_ bytes: [UInt8], to address: Address, on socket: DatagramID) -> Bool {
    bytes.withUnsafeBytes { send($0, to: address, on: socket) }
  }

  func receive(on socket: DatagramID) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: datagramMax)
    return bytes.withUnsafeMutableBytes { receive(into: $0, on: socket) }.map { Array(bytes.prefix($0.count)) }
  }

  /// All that can be read now, and how it ended.
  func drain(_ connection: ConnectionID) -> (bytes: [UInt8], end: IOResult) {
    var all: [UInt8] = []
    while true {
      let (result, bytes) = read(connection, 4_096)
      guard case .moved = result else { return (all, result) }
      all += bytes
    }
  }
}

/// Two hosts, a listener on the second, and a connection from the first to it.
struct Couple {
  let world: SimWorld
  let hosts: (a: SimHost, b: SimHost)
  let a: SimNetwork
  let b: SimNetwork
  let listener: ListenerID
  let near: ConnectionID
  let far: ConnectionID

  /// Made before the plan of faults is in force.
  init(_ seed: UInt64 = 1, _ faults: FaultPlan = .quiet, _ change: (inout WorldSettings) -> Void = { _ in }) throws {
    var settings = WorldSettings()
    change(&settings)
    world = SimWorld(seed: SimSeed(seed), settings: settings)
    hosts = (world.host(named: "a"), world.host(named: "b"))
    (a, b) = (hosts.a.makeNetwork(), hosts.b.makeNetwork())
    listener = try b.listen(hosts.b.address(port: 9), backlog: 4)
    near = try a.connect(hosts.b.address(port: 9))
    world.run(for: .s(1))
    guard case .accepted(let connection) = b.accept(listener), a.finishConnect(near) == .moved(0) else {
      throw NotConnected()
    }
    far = b.adopt(connection)
    world.faults = faults
  }

  struct NotConnected: Error {}
}

/// Bytes by which each place of a long stream is known.
func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
  (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

/// Sends a stream over one connection and reads it back to its end: a reactor with both roles.
final class EchoReactor: SimReactor {
  private let environment: Environment
  private let listener: ListenerID
  private var events: [NetworkEvent] = []
  private var open: [ConnectionID] = []
  private(set) var received = 0

  init(_ environment: Environment, port: UInt16) throws {
    self.environment = environment
    listener = try environment.network.listen(.ipv4(InlineBytes4(word: 0), port: port), backlog: 16)
    events.reserveCapacity(64)
  }

  func turn() -> Instant? {
    events.removeAll(keepingCapacity: true)
    environment.network.wait(until: .zero, into: &events)
    guard let network = environment.network as? SimNetwork else { return nil }
    for event in events {
      switch event.source {
      case .listener:
        while case .accepted(let connection) = network.accept(listener) { open.append(network.adopt(connection)) }
      case .connection(let connection):
        let (bytes, end) = network.drain(connection)
        received += bytes.count
        _ = network.write(connection, bytes)
        if end != .blocked { network.close(connection, abort: false) }
      case .datagram: break
      }
    }
    return .never
  }
}

/// Connects again and again, writes one message each time and counts what comes back whole.
final class AskingReactor: SimReactor {
  private let environment: Environment
  private let target: Address
  private var events: [NetworkEvent] = []
  private var connection: ConnectionID?
  private var isConnected = false
  private var came: [UInt8] = []
  private var next: Instant
  private var random: RandomStream
  private var message: [UInt8] = []
  private(set) var answers = 0

  init(_ environment: Environment, target: Address) {
    self.environment = environment
    self.target = target
    next = environment.clock.now
    random = RandomStream(seed: environment.entropy.seed())
    events.reserveCapacity(64)
  }

  func turn() -> Instant? {
    events.removeAll(keepingCapacity: true)
    environment.network.wait(until: .zero, into: &events)
    guard let network = environment.network as? SimNetwork else { return nil }
    if let connection {
      serve(network, connection)
    }
    let now = environment.clock.now
    guard now >= next else { return next }
    if let connection { network.close(connection, abort: answers % 3 == 2) }
    (connection, isConnected, came) = (try? network.connect(target), false, [])
    message = pattern(1 + Int(random.below(3_000)), from: answers)
    next = now + Nanos(1_000_000 + random.below(50_000_000))
    return next
  }

  /// What has failed would be told again and again.
  private func letGo(_ network: SimNetwork, _ connection: ConnectionID) {
    network.close(connection, abort: false)
    self.connection = nil
  }

  private func serve(_ network: SimNetwork, _ connection: ConnectionID) {
    if !isConnected {
      switch network.finishConnect(connection) {
      case .moved:
        isConnected = true
        _ = network.write(connection, message)
      case .blocked: return
      case .ended, .failed: return letGo(network, connection)
      }
    }
    let (bytes, end) = network.drain(connection)
    came += bytes
    if end != .blocked { letGo(network, connection) }
    if came == message {
      answers += 1
      came = []
    }
  }
}
