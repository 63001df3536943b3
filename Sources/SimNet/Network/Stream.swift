import MixNet

/// One side of a stream: who has it, and the way that its bytes go.
final class StreamSide {
  enum State: UInt8 {
    /// There is none (any more): packets that come for it are answered with a reset.
    case gone
    /// It connects.
    case connecting
    /// It waits to be accepted or adopted; its system takes what comes.
    case waiting
    /// A program has it.
    case open
    /// Its program has closed it in good order; its system still sends what was written.
    case closing
  }

  var state = State.gone
  var host: UInt32 = 0
  var address = Address.unix("")
  /// The network that has it, as long as a program has it, and the number of its socket there.
  var network: SimNetwork?
  var socket: UInt64 = 0
  /// Why the connection is broken, as this side sees it.
  var failure: CloseReason?
  /// What this side writes.
  let out = Pipe()

  /// A program or its system still reads what comes.
  var isListening: Bool {
    failure == nil && (state == .connecting || state == .waiting || state == .open)
  }
}

/// How far a connect has come.
enum Handshake: UInt8 {
  /// The dialler's packet is under way.
  case asking
  /// It was lost, or found no room: it is sent again.
  case lost
  /// It is known that nobody listens; the news is under way.
  case refused
  /// It is known that there is no such host.
  case unreachable
  /// The acceptor's answer is under way.
  case answered
  /// Nobody will ever answer.
  case hanging
  /// Both sides know of each other.
  case done
}

/// A connection: two sides, 0 the dialler's and 1 the acceptor's. Its place is used again once both sides are gone and
/// nothing is under way.
final class Stream {
  let place: UInt32
  var link: SimLink
  /// Which way of the link leads from the dialler.
  var way = 0
  let sides: InlineArray<2, StreamSide> = [StreamSide(), StreamSide()]
  var handshake = Handshake.asking
  var handshakeToken: UInt32 = 0
  var attempt: UInt8 = 0
  var began: UInt64 = 0
  /// Where the dialler wants to go.
  var target = Address.unix("") { didSet { port = target.port } }
  /// The port of it, if it has one; it is asked for with every read and write.
  private(set) var port: UInt16?
  /// Something on the way has forgotten it: its packets vanish, and nobody says so.
  var isDark = false
  /// Counts the connections of the world.
  var number: UInt64 = 0
  var isInUse = false

  init(place: UInt32, link: SimLink) {
    self.place = place
    self.link = link
  }

  /// What a network hands out for it while it belongs to no network.
  var handle: Int64 { Int64(place) << 32 | Int64(number & 0xffff_ffff) }

  /// Whether this is still the stream of that number, and its acceptor's program has not got it yet.
  func isWaiting(_ number: UInt64) -> Bool { isInUse && self.number == number && sides[1].state == .waiting }

  /// The way of the link that the bytes of a side go.
  func way(of side: Int) -> Int { side == 0 ? way : 1 - way }
}
