import LinuxNet
import MixNet

/// One connection that carries raw frames, as a client or a status server sees it: buffers for both directions, no waiting
/// of its own.
final class FramedConnection {
  private let network: any Network
  private(set) var id: ConnectionID
  private var isConnecting: Bool
  private let frameMax: Int
  private var incoming: [UInt8] = []
  private var taken = 0
  private var outgoing: [UInt8] = []
  private var sent = 0
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)
  private var isWriteBlocked = false
  /// Why it is over; nil while it is not.
  private(set) var end: CloseReason?
  /// Whether bytes are taken; where not, the other side is made to wait.
  var reads = true {
    didSet { if reads != oldValue { showInterest() } }
  }
  /// The other side has ended its half, and this one is to be served to the end.
  private(set) var isInputOver = false
  private let keepsHalf: Bool
  /// What is said to one who sends a frame that is too large, before the connection is closed.
  private let lastWords: [UInt8]?
  /// Memory that a large frame took is given back when more than this is not used any more.
  private static let keptMax = 1 << 20

  /// Begins to connect.
  init(to address: Address, _ network: any Network, frameMax: Int) throws(NetworkError) {
    self.network = network
    self.frameMax = frameMax
    id = try network.connect(try Self.numeric(address))
    isConnecting = true
    (keepsHalf, lastWords) = (false, nil)
  }

  /// A client does nothing else while it looks a name up.
  private static func numeric(_ address: Address) throws(NetworkError) -> Address {
    guard case .name(let name, let port) = address else { return address }
    if let found = SystemResolver.addresses(name, port).first { return found }
    throw NetworkError(action: "connect to", address: address, reason: .unresolved, detail: "nobody knows the name")
  }

  /// Takes an accepted connection over. `keepsHalf`: it is not over when the other side has ended its half.
  init(
    _ accepted: DetachedConnection, _ network: any Network, frameMax: Int, keepsHalf: Bool = false,
    lastWords: [UInt8]? = nil
  ) {
    self.network = network
    self.frameMax = frameMax
    (self.keepsHalf, self.lastWords) = (keepsHalf, lastWords)
    id = network.adopt(accepted)
    isConnecting = false
  }

  /// Bytes that wait to be written.
  var waiting: Int { outgoing.count - sent }

  /// Queues a frame.
  func send(_ body: [UInt8]) {
    let size = UInt32(truncatingIfNeeded: body.count)
    for shift in [24, 16, 8, 0] as [UInt32] { outgoing.append(UInt8(truncatingIfNeeded: size >> shift)) }
    outgoing.append(contentsOf: body)
    write()
  }

  /// Does what an event says is possible.
  func handle(_ event: NetworkEvent) {
    if isConnecting {
      switch network.finishConnect(id) {
      case .moved: isConnecting = false
      case .blocked: return
      case .ended: return fail(.reset)
      case .failed(let reason): return fail(reason)
      }
    }
    if event.writable { write() }
    if event.readable, reads { read() }
  }

  /// The next whole frame that has come.
  func next() -> [UInt8]? {
    let have = incoming.count - taken
    guard have >= 4 else { return nil }
    let size = incoming[taken..<taken + 4].reduce(0) { $0 << 8 | Int($1) }
    guard size <= frameMax else {
      if let lastWords, end == nil {
        send(lastWords)
        if end == nil { network.close(id, abort: false) }
        end = end ?? .protocolError
      }
      fail(.protocolError)
      return nil
    }
    guard have >= 4 + size else { return nil }
    let frame = Array(incoming[taken + 4..<taken + 4 + size])
    taken += 4 + size
    if taken == incoming.count {
      incoming.removeAll(keepingCapacity: incoming.capacity <= Self.keptMax)
      taken = 0
    } else if taken > 1 << 20 {
      incoming.removeFirst(taken)
      taken = 0
    }
    return frame
  }

  func close() {
    if end == nil { network.close(id, abort: false) }
    end = end ?? .local
  }

  private func fail(_ reason: CloseReason) {
    if end == nil { network.close(id, abort: true) }
    end = end ?? reason
  }

  private func showInterest() {
    guard !isConnecting, end == nil else { return }
    network.setInterest(id, read: reads && !isInputOver, write: isWriteBlocked)
  }

  private func write() {
    guard !isConnecting, end == nil else { return }
    while waiting > 0 {
      switch network.write(outgoing, from: sent, on: id) {
      case .moved(let count): self.sent += count
      case .blocked:
        // Whoever always reads a little less than there is must not make it grow.
        if sent > Self.keptMax {
          outgoing.removeFirst(sent)
          sent = 0
        }
        isWriteBlocked = true
        return showInterest()
      case .ended: return fail(.ended)
      case .failed(let reason): return fail(reason)
      }
    }
    outgoing.removeAll(keepingCapacity: outgoing.capacity <= Self.keptMax)
    sent = 0
    if isWriteBlocked {
      isWriteBlocked = false
      showInterest()
    }
  }

  private func read() {
    guard end == nil, !isInputOver else { return }
    switch network.read(into: &buffer, from: id) {
    case .moved(let count): incoming.append(contentsOf: buffer[0..<count])
    case .blocked: break
    case .ended where keepsHalf:
      isInputOver = true
      showInterest()
    case .ended: fail(.ended)
    case .failed(let reason): fail(reason)
    }
  }
}

/// A client's loop: one network, and a wait with an end.
final class ClientLoop {
  let network: EpollNetwork
  private let clock = SystemClock()
  private var events: [NetworkEvent] = []

  init() throws(CommandError) {
    do { network = try EpollNetwork() } catch { throw CommandError("\(error)") }
    events.reserveCapacity(256)
  }

  var now: Instant { clock.now }
  var wall: WallTime { clock.wall }

  /// Waits for something to happen, at most until `deadline`, and hands each event out.
  func turn(until deadline: Instant, _ handle: (NetworkEvent) -> Void) {
    network.wait(until: deadline, into: &events)
    for event in events { handle(event) }
    events.removeAll(keepingCapacity: true)
  }

  /// Asks one question by one frame and waits for the one answer.
  func ask(_ address: Address, _ question: [UInt8], within time: Nanos) throws(CommandError) -> [UInt8] {
    let end = now + time
    let connection: FramedConnection
    do { connection = try FramedConnection(to: address, network, frameMax: 64 << 20) } catch {
      throw CommandError(error.description)
    }
    defer { connection.close() }
    connection.send(question)
    while now < end {
      if let answer = connection.next() { return answer }
      if let reason = connection.end { throw CommandError("no answer from \(address): \(reason.name)") }
      turn(until: end) { event in
        if case .connection(connection.id) = event.source { connection.handle(event) }
      }
    }
    throw CommandError("no answer from \(address) within \(time.ms) ms")
  }
}
