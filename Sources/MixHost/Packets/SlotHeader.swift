public import MixNet

/// Where a packet is to go, as its decode stage read it.
public enum Route: Equatable, Sendable {
  /// The format does not say: the forward stage knows.
  case none
  /// To the node with this address.
  case node(Bytes32)
  /// To a service or client here. The identifier names the SURB of a reply; it is zero in a message.
  case destination(Bytes32, identifier: Bytes16)
}

/// Names a link of a node: which worker owns it, its place there, and which of the links that had this place it is.
public struct LinkID: Hashable, Sendable, CustomStringConvertible {
  package let raw: UInt64

  init(raw: UInt64) { self.raw = raw }
  init(worker: Int, place: Int, generation: UInt32) {
    raw =
      UInt64(UInt16(truncatingIfNeeded: worker)) << 48 | UInt64(UInt16(truncatingIfNeeded: place)) << 32
      | UInt64(generation)
  }

  /// No link: a packet of the node's own.
  public static let none = LinkID(raw: .max)

  var worker: Int { Int(raw >> 48) }
  /// Its place among its worker's links: a small number, which another link gets once this one is gone.
  package var place: Int { Int(raw >> 32 & 0xffff) }
  var generation: UInt32 { UInt32(truncatingIfNeeded: raw) }

  /// `worker.place.generation`, for logs.
  public var description: String { self == .none ? "none" : "\(worker).\(place).\(generation)" }
}

/// What the host knows of the packet in a slot. It lies beside the slot and belongs to whoever owns the slot, so nothing
/// is carried along when a slot changes hands; it is aligned so that neighbours in two workers never share a cache line.
///
/// The fields of the first 128 bytes are those that every packet needs on every turn.
struct SlotHeader {
  /// The slot's memory.
  let bytes: UnsafeMutablePointer<UInt8>
  /// Its size, without the decode stage's scratch that lies after it.
  let capacity: UInt32
  /// Where the packet begins in the slot.
  var start: UInt32 = 0
  /// The packet's size.
  var length: UInt32 = 0
  /// The worker whose free list the slot comes from.
  let home: UInt16
  let sizeClass: UInt8
  var priority: UInt8 = 0
  /// The phase of the tail at which an injected packet begins.
  var entry = Phase.delay
  /// True while several sends share the slot.
  var isShared = false
  var link = LinkID.none
  var arrival = Instant.zero
  var deadline = Instant.zero
  var headerDelay = Nanos.zero
  var ticket: UInt64 = 0
  var id = Bytes32()
  var sender = Bytes32()
  var route = Route.none

  /// The distance from one header to the next: two pairs of cache lines.
  static let stride = 256

  /// The slot as it was before its first packet.
  mutating func reset() {
    start = 0
    length = 0
    priority = 0
    entry = .delay
    link = .none
    headerDelay = .zero
    ticket = 0
    id = Bytes32()
    sender = Bytes32()
    route = .none
  }
}
