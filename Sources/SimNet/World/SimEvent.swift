/// What happens at a moment of a world. The raw values are part of no file and no trace.
enum EventKind: UInt8 {
  /// Nothing; it measures the heap.
  case mark
  /// A reactor may have something to do.
  case turn
  /// The time that a reactor asked for may have come.
  case timer
  /// The first packet under way in a stream's pipe from its dialler.
  case arrivalFromDialler
  /// The first packet under way in a stream's pipe from its acceptor.
  case arrivalFromAcceptor
  /// What the dialler is told of the bytes that it sent.
  case acknowledgeToDialler
  /// What the acceptor is told of the bytes that it sent.
  case acknowledgeToAcceptor
  /// A step of a connect.
  case handshake
  /// A datagram comes.
  case datagram
  /// A disk has done its job.
  case disk
  /// The faults of a second.
  case faults
  /// A host that a fault took down comes back.
  case restart
  /// A partition that a fault made heals.
  case heal
  /// A task of the one who made the world.
  case task
}

/// One entry of the heap: 24 bytes.
struct SimEvent {
  let time: UInt64
  /// The sequence number above, the kind in the lowest byte: no two are equal.
  fileprivate let order: UInt64
  /// The place of what it is about.
  let who: UInt32
  /// Tells an event that still counts from one that was overtaken.
  let token: UInt32

  init(time: UInt64, sequence: UInt64, kind: EventKind, who: UInt32, token: UInt32) {
    self.time = time
    order = sequence << 8 | UInt64(kind.rawValue)
    self.who = who
    self.token = token
  }

  var kind: EventKind { EventKind(rawValue: UInt8(truncatingIfNeeded: order)) ?? .mark }

  /// Earlier first; at the same time, what was pushed first.
  @inline(__always)
  static func < (a: Self, b: Self) -> Bool { a.time < b.time || (a.time == b.time && a.order < b.order) }
}
