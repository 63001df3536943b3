/// A packet of a stream under way.
struct Flight {
  enum Content: UInt8 {
    /// The bytes up to ``Flight/end``.
    case data
    /// Behind the last byte: the sender has ended its stream.
    case end
    /// The connection is cut.
    case reset
  }

  let content: Content
  /// When it comes, or when it is sent again.
  var time: UInt64
  /// The place in the stream behind its last byte.
  var end: UInt64
  /// How often it was lost.
  var attempt: UInt8 = 0
  /// It was cut short: what follows does not come with it, but a little later.
  var isCutShort = false
  /// It was lost: at ``time`` it is sent again.
  var isLost = false
}

/// One way of a stream. Places in it count its bytes from 0; they stand in this order:
/// `read <= arrived <= sent <= written`.
///
/// The bytes lie in one ring from the write to the read, wherever they are thought to be meanwhile. What the sender knows
/// of the receiver lags behind by an acknowledgement's way.
///
/// A class, as its stream's sides are: so that looking at one of its numbers copies nothing.
final class Pipe {
  var ring = ByteRing()
  /// What the receiving program has taken.
  var read: UInt64 = 0
  /// What has come to the receiving system.
  var arrived: UInt64 = 0
  /// What has been put on its way.
  var sent: UInt64 = 0
  /// What the sending program has handed over.
  var written: UInt64 = 0

  /// What the sender knows to have come, and to have been read.
  var known: (arrived: UInt64, read: UInt64) = (0, 0)
  /// What the acknowledgement under way says; nil when none is under way.
  var telling: (arrived: UInt64, read: UInt64)?
  var acknowledgeToken: UInt32 = 0

  /// What is under way, in order; only the first has an event in the heap.
  var flight = Fifo<Flight>()
  var flightToken: UInt32 = 0

  /// The sender has said that this is all.
  var isEnding = false
  /// The end is on its way, or has come.
  var isEndSent = false
  var isEndArrived = false
  /// Since when nothing has got through; nil while all goes well.
  var failingSince: UInt64?

  /// What stands in the trace's lines about its bytes between their time and their place; empty until there is one.
  var words: [UInt8] = []

  /// Bytes that can be read.
  var readable: UInt64 { arrived - read }

  /// Bytes that the sender may hand over.
  func room(_ settings: StreamSettings) -> UInt64 {
    let kept = written - known.arrived
    return UInt64(max(1, settings.sendBuffer)) - min(kept, UInt64(max(1, settings.sendBuffer)))
  }

  /// How far the sender may send.
  func limit(_ settings: StreamSettings) -> UInt64 {
    min(written, known.read + UInt64(max(1, settings.window)))
  }

  /// Forgets what has not been put on its way.
  func dropUnsent() {
    written = sent
    isEnding = false
  }

  /// Begins anew, for another stream. Events of the old one find another token.
  func recycle() {
    ring.shrink()
    words = []
    (read, arrived, sent, written) = (0, 0, 0, 0)
    known = (0, 0)
    telling = nil
    flight.removeAll()
    flightToken &+= 1
    acknowledgeToken &+= 1
    isEnding = false
    isEndSent = false
    isEndArrived = false
    failingSince = nil
  }
}
