import MixNet

/// One link of a worker: a framed connection, or the intention to have one.
struct Link {
  enum State: UInt8 {
    /// The place is free.
    case free
    /// A connect is under way.
    case connecting
    /// Connected; the handshake or the attaching is not done.
    case greeting
    /// Frames flow.
    case up
    /// Waits before it connects again.
    case resting
    /// Sends what is queued, then closes.
    case closing
  }

  enum Kind {
    /// Packets of a chain, raw frames.
    case raw
    /// Packets of a chain between nodes.
    case peer
    /// A client of the chain.
    case client
    /// A stage's own link.
    case stage(Int)
  }

  // Nearly all that frames ask for stands first, so that it fills few lines of the processor's cache: a node has many links, and when one of them was
  // last used is long ago.
  var id = LinkID.none
  var generation: UInt32 = 0
  var state = State.free
  /// True once its handshake is over.
  var isGreeted = false
  var isPaused = false
  /// True once the node stops: nothing more is read.
  var isReadingOver = false
  var kind = Kind.raw
  var chain = 0
  var connection: ConnectionID?
  /// When a frame last came or went.
  var used = Instant.zero
  var reading = Reading()
  var limits = FrameLimits(0...0)
  var pace = Pace()
  var counts = Counts()
  var writing = Writing()
  /// Watches a link between nodes while it is up.
  var keepAlive: KeepAlive?

  /// Counts how often its target's name was looked up: an answer that comes too late is none.
  var lookups: UInt32 = 0
  /// Where it was opened to; nil for an accepted one.
  var target: Address?
  /// Who connected, for an accepted one.
  var origin: Address?
  /// The other side's address of 32 bytes, once it said so.
  var peer = Bytes32()
  /// The one that it must be, for a link that was opened to a node.
  var expected: Bytes32?
  /// It is not opened again: whoever opened it wants to decide anew.
  var isOnce = false
  /// What the other side's stages said.
  var fields = HelloFields()
  /// What was sent to a client that has not attached yet.
  var challenge: Challenge?
  /// When the present state ends by itself: a timeout of connecting and greeting, the end of a rest.
  var stateEnds = Instant.never
  /// How the other end of a link that this node opened has behaved.
  var backoff: Backoff?
  var breaker: Breaker?
  /// When the link came up.
  var upSince = Instant.never
  /// What has become of the last ping.
  var question = Question()
  /// Of a link that came in, under which the node's limits count it; zero for one that this node opened.
  var ticket: UInt64 = 0
  /// Of a client's, the last kept message that it was sent, and the last one that it says it has.
  var keptSent: UInt64 = 0
  var acknowledged: UInt64 = 0

  var isDialled: Bool { target != nil }
  var isAdmitted: Bool { ticket != 0 }
  var framing: Framing { if case .peer = kind { .peer } else { .raw } }

  /// Where in a frame the reader is.
  struct Reading {
    var header = InlineArray<8, UInt8>(repeating: 0)
    var headerCount = 0
    /// True while the body of a frame is read.
    var inBody = false
    var kind = FrameKind.data
    var size = 0
    var filled = 0
    /// The body's slot; nil while a body is skipped or goes to a stage.
    var slot: UInt32?
    /// When the frame's first byte came.
    var since = Instant.never
  }

  /// What waits to be written.
  struct Writing {
    /// Bytes that go before the queue: handshakes, pongs, frames of a stage's own link.
    var bytes: [UInt8] = []
    var bytesSent = 0
    /// Where the last of these ended, counted in all bytes that were written.
    var ownEnd: UInt64 = 0
    /// The queue of packets, a list through the send pool.
    var first = SendPool.none
    var last = SendPool.none
    var count = 0
    /// Bytes of the first packet's frame that are written already.
    var sentOfFirst = 0
    /// True while a writable event is asked for.
    var isBlocked = false
    /// True while the chain's stages wait to be told that nothing is queued.
    var isWatched = false
    /// True when the other side is to be told that nothing follows, once all has been written.
    var owesGoodbye = false
    /// When something last was written, or began to wait.
    var progress = Instant.zero
  }

  /// The rates that it is held to.
  struct Pace {
    var read: LinkRate?
    var write: LinkRate?
    /// When it is read and written again; zero while it is not held back.
    var readsAgain = Instant.zero
    var writesAgain = Instant.zero
    /// True when it had a turn since it last was made to wait.
    var hasRead = false
    var hasWritten = false
    /// When it last showed that it lives, while it was held back.
    var shownAt = Instant.zero
  }

  /// How far a ping has come that was not answered in time.
  struct Question {
    /// Bytes that the other side's system had when this was last looked at.
    var arrived: UInt64 = 0
    /// True once it was seen to be behind other bytes that moved.
    var wasUnderWay = false
    /// True once the other side's system has it.
    var isThere = false
  }

  /// What status shows.
  struct Counts {
    var framesIn: UInt64 = 0
    var framesOut: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var dropped: UInt64 = 0
    var connects: UInt64 = 0
    /// Why it was last closed.
    var lastReason: CloseReason?
    /// What the other side does not agree on, if that has kept the link from coming up.
    var mismatch: Hello.Mismatch?
  }
}

/// Packets that wait for links: one pool a worker, lists through it, memory fixed at start.
struct SendPool: ~Copyable {
  static var none: UInt32 { .max }

  struct Node {
    var next = SendPool.none
    var slot: UInt32 = 0
    var skip: UInt32 = 0
    var chain = 0
    var since = Instant.zero
    var headCount = 0
    /// The mailbox has it as well, until the client says that it came.
    var isKept = false
    /// The frame's header and the send's prefix.
    var head = InlineArray<40, UInt8>(repeating: 0)
  }

  private let nodes: UnsafeMutablePointer<Node>
  private var firstFree: UInt32
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    nodes = .allocate(capacity: max(1, capacity))
    for i in 0..<capacity {
      (nodes + i).initialize(to: Node(next: i + 1 < capacity ? UInt32(i + 1) : Self.none))
    }
    firstFree = capacity > 0 ? 0 : Self.none
  }

  deinit { nodes.deallocate() }

  /// The memory that such a pool takes, in bytes.
  static func memory(capacity: Int) -> Int { capacity * MemoryLayout<Node>.stride }

  subscript(_ number: UInt32) -> UnsafeMutablePointer<Node> { nodes + Int(number) }

  mutating func take() -> UInt32? {
    guard firstFree != Self.none else { return nil }
    let number = firstFree
    firstFree = nodes[Int(number)].next
    nodes[Int(number)].next = Self.none
    return number
  }

  mutating func give(_ number: UInt32) {
    nodes[Int(number)].next = firstFree
    firstFree = number
  }
}
