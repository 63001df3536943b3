import MixNet

/// What one place of a ``DescriptorTable`` knows of its socket.
struct SocketSlot {
  /// What the socket is for.
  enum Kind { case vacant, listener, connecting, connected, datagram }

  var kind = Kind.vacant
  /// The system's number; -1 when the socket is gone and only its failure is left to tell.
  var descriptor: Int32 = -1
  /// The network that has the socket, by its group's number.
  var owner = 0
  var wantsRead = false
  var wantsWrite = false
  /// Why the connection is broken. The system tells it once, so it is kept.
  var failure: CloseReason?
  fileprivate(set) var generation: UInt32 = 1
  fileprivate var nextVacant = DescriptorTable.none
}

/// The sockets of the networks of one thread, each named by a number that is never given twice.
///
/// A number is the place in the table (low half) and the generation of the place (high half, from 1). A late event or
/// a late call for a closed socket carries an old generation and finds nothing. A place whose generations are used up
/// is retired. Numbers below 2^32 are no socket's.
struct DescriptorTable {
  fileprivate static let none = UInt32.max
  private var slots: [SocketSlot] = []
  private var firstVacant = none

  init(reserve: Int = 64) { slots.reserveCapacity(reserve) }

  /// How many places there are, used or vacant.
  var count: Int { slots.count }

  subscript(place: Int) -> SocketSlot {
    get { slots[place] }
    _modify { yield &slots[place] }
  }

  /// Gives a socket a place and its number.
  mutating func insert(_ descriptor: Int32, _ kind: SocketSlot.Kind, owner: Int) -> UInt64 {
    let place: UInt32
    if firstVacant != Self.none {
      place = firstVacant
      firstVacant = slots[Int(place)].nextVacant
    } else {
      // A process has far fewer descriptors than 2^32.
      place = UInt32(slots.count)
      slots.append(SocketSlot())
    }
    let generation = slots[Int(place)].generation
    slots[Int(place)] = SocketSlot(kind: kind, descriptor: descriptor, owner: owner, generation: generation)
    return UInt64(generation) << 32 | UInt64(place)
  }

  /// The place of `number`; nil when it is closed or was never given.
  func place(of number: UInt64) -> Int? {
    let place = Int(number & 0xffff_ffff)
    guard place < slots.count, slots[place].generation == UInt32(number >> 32) else { return nil }
    return slots[place].kind == .vacant ? nil : place
  }

  /// The number of the socket at a place in use.
  func number(at place: Int) -> UInt64 { UInt64(slots[place].generation) << 32 | UInt64(place) }

  /// Ends a number for ever and gives what was known of it.
  mutating func remove(at place: Int) -> SocketSlot {
    let removed = slots[place]
    slots[place] = SocketSlot(generation: removed.generation)
    if removed.generation < UInt32.max {
      slots[place].generation += 1
      slots[place].nextVacant = firstVacant
      firstVacant = UInt32(place)
    }
    return removed
  }

  /// For tests: makes the place's next removal its last.
  mutating func wearOut(place: Int) { slots[place].generation = .max }
}
