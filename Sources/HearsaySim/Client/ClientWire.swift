import MixNet

/// A client's connection to one node: raw frames both ways, and the client protocol's beginning. It waits nowhere.
final class ClientWire {
  enum State { case connecting, greeting, attached, ended }

  let node: Int
  let id: ConnectionID
  /// When it was begun.
  let began: Instant
  private let network: any Network
  private let key: ClientKey
  private(set) var state = State.connecting
  private var incoming: [UInt8] = []
  private var outgoing: [UInt8] = []
  private var sent = 0
  /// Where the packets end that are not yet out, in bytes of the whole stream; and how much of it is out.
  private var ends: [Int] = []
  private var queued = 0
  private var out = 0
  /// Packets that were written to the last byte since the last look.
  private(set) var packetsOut = 0
  /// Messages that came since the last look.
  private(set) var messages: [Message] = []
  /// The highest number of a message that a mailbox had kept; those of one connection only grow.
  private var lastNumber: UInt64 = 0
  /// A message came whose number had come before.
  private(set) var isRepeated = false
  /// The other side sent what is no frame for a client.
  private(set) var isGarbled = false

  init(to node: Int, at address: Address, _ key: ClientKey, _ network: any Network, now: Instant) throws(NetworkError) {
    (self.node, self.key, self.network, began) = (node, key, network, now)
    id = try network.connect(address)
  }

  /// Bytes that wait to be written.
  var waiting: Int { outgoing.count - sent }

  /// After so long without a word from here something is said: a node's host that has lost its power meanwhile answers with
  /// a reset, and who only listens would never hear of it.
  static let interval = Nanos.s(2)
  /// When that is.
  private(set) var nextWord = Instant.never

  /// Says something if it is time: that what was never numbered has been received, which asks nothing of the node.
  func keepAlive(_ now: Instant) {
    guard state == .attached else { return }
    if nextWord <= now { queue(.received, [UInt8](repeating: 0, count: 8)) }
    if nextWord <= now || nextWord == .never { nextWord = now + Self.interval }
    if waiting > 0 { write() }
  }

  func send(packet: [UInt8]) {
    queue(.packet, packet)
    ends.append(queued)
    write()
  }

  /// A message as it came; its number is 0 when no mailbox had kept it.
  struct Message {
    let number: UInt64
    let identifier: Bytes16
    let payload: [UInt8]
  }

  /// Takes what has come, and says that what a mailbox had kept is here.
  func takeMessages() -> [Message] {
    defer { messages = [] }
    if let last = messages.last(where: { $0.number > 0 }), state == .attached { sayReceived(last.number) }
    return messages
  }

  private func sayReceived(_ number: UInt64) {
    var body = [UInt8](repeating: 0, count: 8)
    var out = body.mutableSpan
    out.put(bigEndian: number, at: 0)
    queue(.received, body)
    write()
  }

  func takePacketsOut() -> Int {
    defer { packetsOut = 0 }
    return packetsOut
  }

  func close() {
    if state != .ended { network.close(id, abort: false) }
    state = .ended
  }

  func handle(_ event: NetworkEvent, _ buffer: inout [UInt8]) {
    if state == .connecting {
      switch network.finishConnect(id) {
      case .moved: state = .greeting
      case .blocked: return
      case .ended, .failed: return fail()
      }
    }
    if event.writable { write() }
    if event.readable { read(&buffer) }
  }

  private func fail() {
    if state != .ended { network.close(id, abort: true) }
    state = .ended
  }

  /// Queues a frame; what begins with no kind is the answer to a challenge.
  private func queue(_ kind: ClientProtocol.Kind?, _ body: [UInt8]) {
    let size = body.count + (kind == nil ? 0 : 1)
    for shift in [24, 16, 8, 0] { outgoing.append(UInt8(truncatingIfNeeded: size >> shift)) }
    if let kind { outgoing.append(kind.rawValue) }
    outgoing += body
    queued += 4 + size
  }

  private func write() {
    guard state == .greeting || state == .attached else { return }
    while waiting > 0 {
      switch network.write(outgoing, from: sent, on: id) {
      case .moved(let count): moved(count)
      case .blocked: return network.setInterest(id, read: true, write: true)
      case .ended, .failed: return fail()
      }
    }
    outgoing.removeAll(keepingCapacity: true)
    sent = 0
    network.setInterest(id, read: true, write: false)
  }

  private func moved(_ count: Int) {
    sent += count
    out += count
    let done = ends.prefix { $0 <= out }.count
    packetsOut += done
    ends.removeFirst(done)
  }

  private func read(_ buffer: inout [UInt8]) {
    guard state == .greeting || state == .attached else { return }
    switch network.read(into: &buffer, from: id) {
    case .moved(let count):
      incoming += buffer[0..<count]
      takeFrames()
    case .blocked: break
    case .ended, .failed: fail()
    }
  }

  private func takeFrames() {
    var at = 0
    while state != .ended, incoming.count - at >= 4 {
      let size = incoming[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard size <= 1 << 16 else { return garbled() }
      guard incoming.count - at >= 4 + size else { break }
      take(Array(incoming[at + 4..<at + 4 + size]))
      at += 4 + size
    }
    incoming.removeFirst(min(at, incoming.count))
  }

  private func garbled() {
    isGarbled = true
    fail()
  }

  private func take(_ frame: [UInt8]) {
    switch frame.first.flatMap(ClientProtocol.Kind.init(rawValue:)) {
    case .challenge where state == .greeting:
      guard let challenge = Challenge(frame.span) else { return garbled() }
      queue(nil, key.attach(to: challenge))
      write()
    case .attached where state == .greeting: state = .attached
    case .message where frame.count > ClientProtocol.messagePrefixSize:
      take(
        Message(
          number: frame.span.bigEndian(at: 1), identifier: Bytes16(frame.span, at: 9),
          payload: Array(frame[ClientProtocol.messagePrefixSize...])))
    default: garbled()
    }
  }

  private func take(_ message: Message) {
    messages.append(message)
    guard message.number > 0 else { return }
    isRepeated = isRepeated || message.number <= lastNumber
    lastNumber = max(lastNumber, message.number)
  }
}
