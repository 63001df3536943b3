import MixNet

/// Finds the frames with packets in one way of a stream, whose bytes come piece by piece. A frame counts with its last byte.
struct FrameScanner {
  /// How far it is within the present frame: the four bytes of its length, its kind, the rest.
  private var head: UInt64 = 0
  private var headCount = 0
  private var rest = 0
  private var isPacket = false
  /// The bytes of the body that have passed, and those of them that tell one packet from another.
  private var passed = 0
  private var word: UInt64 = 0
  /// A length that no frame has: what follows is no frames.
  private var isLost = false

  /// Where in a packet the bytes are that no other packet has: in the group element, which is new at each hop; in a message for
  /// a client in its identifier.
  static let place = 8..<16

  /// What a message for a client is known by.
  static func word(of identifier: Bytes16) -> UInt64 {
    identifier.array[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func isPacket(_ kind: UInt8, _ isForClients: Bool) -> Bool {
    guard isForClients else { return kind == FrameKind.data.rawValue }
    return kind == ClientProtocol.Kind.packet.rawValue || kind == ClientProtocol.Kind.message.rawValue
  }

  /// Goes on through the bytes; says how many frames with packets have ended in them. `found` is told of each: eight bytes
  /// of the packet, and its size.
  mutating func scan(
    _ bytes: UnsafeRawBufferPointer, _ isForClients: Bool, _ found: (_ word: UInt64, _ size: Int) -> Void
  ) -> Int {
    var (at, frames) = (0, 0)
    while at < bytes.count, !isLost {
      if headCount < 5 {
        at += unsafe takeHead(bytes, from: at, isForClients)
      } else {
        at += unsafe takeBody(bytes, from: at)
      }
      if rest == 0, headCount == 5 {
        frames += isPacket ? 1 : 0
        if isPacket, passed >= Self.place.upperBound { found(word, passed) }
        self = FrameScanner()
      }
    }
    return frames
  }

  /// Takes what is there of a frame's head; says how many bytes that are. A frame of no bytes has no kind.
  private mutating func takeHead(_ bytes: UnsafeRawBufferPointer, from at: Int, _ isForClients: Bool) -> Int {
    var next = at
    while headCount < 5, next < bytes.count {
      head = unsafe head << 8 | UInt64(bytes[next])
      headCount += 1
      next += 1
      if headCount == 4, head == 0 { (head, headCount) = (0, 0) }
    }
    if headCount == 5 {
      rest = Int(head >> 8) - 1
      isPacket = Self.isPacket(UInt8(truncatingIfNeeded: head), isForClients)
      isLost = rest > 1 << 20
    }
    return next - at
  }

  private mutating func takeBody(_ bytes: UnsafeRawBufferPointer, from at: Int) -> Int {
    let step = min(rest, bytes.count - at)
    if isPacket, passed < Self.place.upperBound {
      for place in Self.place where passed <= place && place < passed + step {
        word = unsafe word << 8 | UInt64(bytes[at + place - passed])
      }
    }
    passed += step
    rest -= step
    return step
  }
}
