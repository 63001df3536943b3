import MixNet

@testable import MixHost
@testable import SimNet

/// The other end of a link between nodes, in the hands of a test: it says what it likes, and reads if it likes.
final class Stranger {
  let network: SimNetwork
  private let world: SimWorld
  private(set) var connection: ConnectionID?
  private var came: [UInt8] = []
  /// How the other side ended it; nil while it goes on.
  private(set) var end: IOResult?

  init(_ host: SimHost) {
    network = host.makeNetwork()
    world = host.world
  }

  /// Takes what has connected to a listener of its own.
  init(_ host: SimHost, _ network: SimNetwork, accepted: DetachedConnection) {
    self.network = network
    world = host.world
    connection = network.adopt(accepted)
  }

  /// Begins to connect.
  func call(_ address: Address) {
    connection = try? network.connect(address)
    (came, end) = ([], nil)
  }

  /// Connects; false when that fails, or takes longer.
  func connect(_ address: Address, within span: Nanos = .s(5)) -> Bool {
    call(address)
    guard let made = connection else { return false }
    return world.run(for: span) { network.finishConnect(made) == .moved(0) }
  }

  var isConnected: Bool { connection.map { network.finishConnect($0) == .moved(0) } ?? false }

  /// Writes as much as there is room for; says how much that was.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Int {
    guard let connection, case .moved(let count) = network.write(connection, bytes) else { return 0 }
    return count
  }

  func say(_ kind: FrameKind, _ body: [UInt8]) { write(Self.frame(kind, body)) }

  static func frame(_ kind: FrameKind, _ body: [UInt8]) -> [UInt8] {
    let size = body.count + 1
    return (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + [kind.rawValue] + body
  }

  /// Takes what is there.
  func listen() {
    guard let connection, end == nil else { return }
    let (bytes, result) = network.drain(connection)
    came += bytes
    if result != .blocked { end = result }
  }

  /// The next frame that has come whole.
  func frame() -> (kind: UInt8, body: [UInt8])? {
    listen()
    guard came.count >= 5 else { return nil }
    let size = came[..<4].reduce(0) { $0 << 8 | Int($1) }
    guard size > 0, came.count >= 4 + size else { return nil }
    let body = Array(came[5..<4 + size])
    let kind = came[4]
    came.removeFirst(4 + size)
    return (kind, body)
  }

  /// The other side's hello.
  func hello(within span: Nanos = .s(5)) -> Hello? {
    var found: (kind: UInt8, body: [UInt8])?
    _ = world.run(for: span) {
      found = frame()
      return found != nil || end != nil
    }
    guard let found, found.kind == FrameKind.hello.rawValue else { return nil }
    return Hello(found.body.span)
  }

  /// Answers a hello with one of its own, as a node of this address.
  func greet(as node: Bytes32, within span: Nanos = .s(5)) -> Bool {
    guard var mine = hello(within: span) else { return false }
    mine.node = node
    say(.hello, mine.bytes)
    return true
  }

  /// Whether the other side answers a ping; other frames are passed over.
  func isAnswered(within span: Nanos = .s(5)) -> Bool {
    say(.ping, [1, 2, 3])
    return world.run(for: span) {
      while let (kind, body) = frame() { if kind == FrameKind.pong.rawValue, body == [1, 2, 3] { return true } }
      return false
    }
  }

  /// Whether the other side ends the connection in time.
  func isCut(within span: Nanos) -> Bool {
    world.run(for: span) {
      listen()
      return end != nil
    }
  }

  func hangUp(abort: Bool) {
    if let connection { network.close(connection, abort: abort) }
    connection = nil
  }
}
