public import MixNet

// Columns: noncopyable views of one field of the batch's packets. A role is handed the columns that it may write, and the
// compiler sees to it that it writes no other.

/// Ids, senders, routes and header delays: what decode fills and the later roles read.
@safe public struct Decoded: ~Copyable {
  private let index: UnsafeMutablePointer<UInt32>
  private let slab: Slab

  init(index: UnsafeMutablePointer<UInt32>, slab: Slab) {
    self.index = index
    self.slab = slab
  }

  /// What names the packet: a Sphinx replay tag, a message id.
  public func id(_ i: Int) -> Bytes32 { slab.header(slot(index, i)).pointee.id }
  /// Who made the packet, where the format says so.
  public func sender(_ i: Int) -> Bytes32 { slab.header(slot(index, i)).pointee.sender }
  /// Where the packet is to go.
  public func route(_ i: Int) -> Route { slab.header(slot(index, i)).pointee.route }
  /// The delay that the header asks for.
  public func headerDelay(_ i: Int) -> Nanos { slab.header(slot(index, i)).pointee.headerDelay }
  /// What the decode stage told the stages of its own plugin by ``setTicket(_:_:)``; zero if nothing.
  public func ticket(_ i: Int) -> UInt64 { slab.header(slot(index, i)).pointee.ticket }

  /// Names the packet.
  public mutating func setID(_ i: Int, _ id: Bytes32) { slab.header(slot(index, i)).pointee.id = id }
  /// Says who made the packet.
  public mutating func setSender(_ i: Int, _ sender: Bytes32) { slab.header(slot(index, i)).pointee.sender = sender }
  /// Says where the packet is to go.
  public mutating func setRoute(_ i: Int, _ route: Route) { slab.header(slot(index, i)).pointee.route = route }
  /// Says which delay the header asks for.
  public mutating func setHeaderDelay(_ i: Int, _ delay: Nanos) {
    slab.header(slot(index, i)).pointee.headerDelay = delay
  }
  /// Tells the stages of the same plugin behind this one where they find what it has read, so that none reads it again. The host and
  /// other plugins do not look at it.
  public mutating func setTicket(_ i: Int, _ ticket: UInt64) { slab.header(slot(index, i)).pointee.ticket = ticket }
  /// Puts the packet into a class, 0 (normal) and up.
  public mutating func setPriority(_ i: Int, _ priority: UInt8) {
    slab.header(slot(index, i)).pointee.priority = priority
  }
}

/// When each packet may go on. Delay stages can only add, so several of them add up.
@safe public struct Deadlines: ~Copyable {
  private let index: UnsafeMutablePointer<UInt32>
  private let slab: Slab

  init(index: UnsafeMutablePointer<UInt32>, slab: Slab) {
    self.index = index
    self.slab = slab
  }

  /// When the packet may go on.
  public subscript(i: Int) -> Instant { slab.header(slot(index, i)).pointee.deadline }

  /// Makes the packet wait longer by `delay`.
  public mutating func add(_ i: Int, _ delay: Nanos) {
    let header = slab.header(slot(index, i))
    header.pointee.deadline = header.pointee.deadline + delay
  }
}

/// What becomes of each packet. The first verdict on a packet stands; the host counts it and takes the packet out of the
/// batch after the call.
@safe public struct Verdicts: ~Copyable {
  private let index: UnsafeMutablePointer<UInt32>
  /// 0: goes on; 1: consumed; 2 and up: dropped for reason n - 2.
  let codes: UnsafeMutablePointer<UInt8>

  init(index: UnsafeMutablePointer<UInt32>, codes: UnsafeMutablePointer<UInt8>) {
    self.index = index
    self.codes = codes
  }

  static let goesOn: UInt8 = 0
  static let consumed: UInt8 = 1
  static func code(_ reason: DropReason) -> UInt8 { reason.rawValue + 2 }
  /// How many codes there are.
  static let codes = DropReason.allCases.count + 2

  /// Drops the packet.
  public mutating func drop(_ i: Int, _ reason: DropReason) { set(i, Self.code(reason)) }
  /// The stage has taken the packet for itself; that is no drop.
  public mutating func consume(_ i: Int) { set(i, Self.consumed) }

  /// True while nothing has been said against the packet.
  public func isOpen(_ i: Int) -> Bool { codes[place(i)] == Self.goesOn }
  /// True when a stage has taken the packet for itself.
  public func isConsumed(_ i: Int) -> Bool { codes[place(i)] == Self.consumed }
  /// Why the packet was dropped; nil when it was not.
  public func reason(_ i: Int) -> DropReason? {
    let code = codes[place(i)]
    return code < 2 ? nil : DropReason(rawValue: code - 2)
  }

  private mutating func set(_ i: Int, _ code: UInt8) {
    if codes[place(i)] == Self.goesOn { codes[i] = code }
  }

  private func place(_ i: Int) -> Int {
    precondition(i >= 0 && i < Int(index[0]), "no such place in the batch")
    return i
  }
}

/// All that admission sees of a batch: no bytes, and no column that is not filled yet.
@safe public struct Arrivals: ~Copyable {
  private let index: UnsafeMutablePointer<UInt32>
  private let slab: Slab

  init(index: UnsafeMutablePointer<UInt32>, slab: Slab) {
    self.index = index
    self.slab = slab
  }

  /// How many packets there are.
  public var count: Int { Int(index[0]) }
  /// The places of all packets.
  public var indices: Range<Int> { 0..<count }
  /// The link that the packet came on.
  public func link(_ i: Int) -> LinkID { slab.header(slot(index, i)).pointee.link }
  /// The packet's size in bytes.
  public func size(_ i: Int) -> Int { Int(slab.header(slot(index, i)).pointee.length) }
  /// When the packet's last byte came.
  public func arrival(_ i: Int) -> Instant { slab.header(slot(index, i)).pointee.arrival }
}
