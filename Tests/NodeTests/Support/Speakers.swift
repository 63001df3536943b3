import MixNet

@testable import MixHost

/// The other end of a peer link, in the hands of a test.
struct PeerWire {
  let wire: Wire
  let hello: Hello?

  /// Connects to a mix and reads its hello; answers it as `answer` says, with nothing for nil.
  init(_ address: Address, answer: (Hello) -> Hello? = PeerWire.another) throws {
    wire = try Wire(address)
    guard let (kind, body) = Self.frame(wire), kind == FrameKind.hello.rawValue, let theirs = Hello(body.span) else {
      throw Missing("the node says no hello")
    }
    hello = theirs
    if let mine = answer(theirs) { wire.send(peer(.hello, mine.bytes)) }
  }

  /// Who a peer in a test's hands says that it is.
  static let node = Bytes32(sample(32, 4_711))

  /// The hello of another node that speaks as the mix does.
  static func another(_ theirs: Hello) -> Hello? {
    var mine = theirs
    mine.node = node
    return mine
  }

  /// Takes a link that a mix has opened, and says a hello of its own after it has heard the mix's.
  init(accepting wire: Wire, as node: Bytes32) throws {
    guard let (kind, body) = Self.frame(wire), kind == FrameKind.hello.rawValue, let theirs = Hello(body.span) else {
      throw Missing("the node says no hello")
    }
    (self.wire, hello) = (wire, theirs)
    var mine = theirs
    mine.node = node
    wire.send(peer(.hello, mine.bytes))
  }

  /// Sends packets.
  @discardableResult
  func send(_ packets: [UInt8]...) -> Bool { wire.send(packets.flatMap { peer(.data, $0) }) }

  /// The next frame's kind and body.
  static func frame(_ wire: Wire, within seconds: Double = 30) -> (kind: UInt8, body: [UInt8])? {
    guard let whole = wire.frame(within: seconds), let kind = whole.first else { return nil }
    return (kind, Array(whole.dropFirst()))
  }

  /// True when the link is up: the node answers a ping.
  func answersPings(_ body: [UInt8] = [1, 2, 3]) -> Bool {
    wire.send(peer(.ping, body))
    // The node may ask as well, or show that it lives by a pong without a body.
    while let (kind, pong) = Self.frame(wire) {
      if kind == FrameKind.ping.rawValue || kind == FrameKind.pong.rawValue && pong.isEmpty && !body.isEmpty {
        continue
      }
      return kind == FrameKind.pong.rawValue && pong == body
    }
    return false
  }
}

/// A client of a mix, in the hands of a test.
struct ClientWire {
  let wire: Wire
  let key: ClientKey

  /// Connects and reads the challenge; attaches unless told not to.
  init(_ address: Address, _ key: ClientKey, attaching: Bool = true, window: Int32? = nil) throws {
    wire = try Wire(address, window: window)
    self.key = key
    guard attaching else { return }
    wire.send(raw(key.attach(to: try challenge())))
    guard wire.frame() == [ClientProtocol.Kind.attached.rawValue] else { throw Missing("the client is not let in") }
  }

  /// The challenge that the node sends first.
  func challenge() throws -> Challenge {
    guard let frame = wire.frame(), let challenge = Challenge(frame.span) else { throw Missing("no challenge") }
    return challenge
  }

  /// Sends a packet.
  @discardableResult
  func send(_ packet: [UInt8]) -> Bool { wire.send(raw([ClientProtocol.Kind.packet.rawValue] + packet)) }

  /// Acknowledges messages.
  @discardableResult
  func acknowledge(_ number: UInt64) -> Bool {
    var frame = [UInt8](repeating: ClientProtocol.Kind.received.rawValue, count: 9)
    var span = frame.mutableSpan
    span.put(bigEndian: number, at: 1)
    return wire.send(raw(frame))
  }

  /// The next message.
  func message(within seconds: Double = 30) -> (number: UInt64, identifier: Bytes16, payload: [UInt8])? {
    guard let frame = wire.frame(within: seconds), frame.count >= ClientProtocol.messagePrefixSize,
      frame[0] == ClientProtocol.Kind.message.rawValue
    else { return nil }
    let span = frame.span
    return (span.bigEndian(at: 1), Bytes16(span, at: 9), Array(frame[ClientProtocol.messagePrefixSize...]))
  }
}

/// The key of a client, from a number.
func clientKey(_ number: UInt8) -> ClientKey { ClientKey(seed: [UInt8](repeating: number, count: 32)) }
