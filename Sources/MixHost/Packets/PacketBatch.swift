public import MixNet

/// The packets of one turn, lent to a stage for one call.
///
/// A packet is named by its place, `0..<count`; the place is good for this call only. There is no way to make a batch or
/// to keep one. A place that does not exist, or one that a mix stage has taken, is an error of the stage's author and
/// traps.
@safe public struct PacketBatch: ~Copyable {
  /// `index[0]` is the count, the slots follow; shared with the columns of the same call.
  let index: UnsafeMutablePointer<UInt32>
  let slab: Slab

  init(index: UnsafeMutablePointer<UInt32>, slab: Slab) {
    self.index = index
    self.slab = slab
  }

  /// How many packets there are.
  public var count: Int { Int(index[0]) }
  /// The places of all packets.
  public var indices: Range<Int> { 0..<count }

  /// The packet at a place, to look at.
  @_lifetime(borrow self)
  public func bytes(_ i: Int) -> Span<UInt8> {
    let header = slab.header(slot(index, i))
    let start = header.pointee.bytes + Int(header.pointee.start)
    return unsafe _overrideLifetime(
      Span(_unsafeStart: start, count: Int(header.pointee.length)), borrowing: self)
  }

  /// The packet at a place, to change in place.
  @_lifetime(&self)
  public mutating func mutableBytes(_ i: Int) -> MutableSpan<UInt8> {
    let header = slab.header(slot(index, i))
    let start = header.pointee.bytes + Int(header.pointee.start)
    return unsafe _overrideLifetime(
      MutableSpan(_unsafeStart: start, count: Int(header.pointee.length)), mutating: &self)
  }

  /// A part of the packet at a place, to change in place; the range must lie within the packet.
  @_lifetime(&self)
  public mutating func mutableBytes(_ i: Int, in range: Range<Int>) -> MutableSpan<UInt8> {
    let header = slab.header(slot(index, i))
    precondition(range.lowerBound >= 0 && range.upperBound <= Int(header.pointee.length), "no such bytes in the packet")
    let start = header.pointee.bytes + Int(header.pointee.start) + range.lowerBound
    return unsafe _overrideLifetime(MutableSpan(_unsafeStart: start, count: range.count), mutating: &self)
  }

  /// The packet at a place and the bytes beside it that the decode stage asked for (``DecodeShape/scratchSize``): what
  /// `decode` writes there, `finish` finds, wherever the packet then stands.
  @_lifetime(&self)
  public mutating func withScratch(_ i: Int) -> PacketAndScratch {
    let header = slab.header(slot(index, i))
    let start = header.pointee.bytes + Int(header.pointee.start)
    let scratch = header.pointee.bytes + Int(header.pointee.capacity)
    let parts = PacketAndScratch(
      packet: unsafe MutableSpan(_unsafeStart: start, count: Int(header.pointee.length)),
      scratch: unsafe MutableSpan(_unsafeStart: scratch, count: slab.scratchSize))
    return unsafe _overrideLifetime(parts, mutating: &self)
  }

  /// The link that the packet came on; ``LinkID/none`` when this node made it.
  public func link(_ i: Int) -> LinkID { slab.header(slot(index, i)).pointee.link }
  /// The packet's size in bytes.
  public func size(_ i: Int) -> Int { Int(slab.header(slot(index, i)).pointee.length) }
  /// When the packet's last byte came.
  public func arrival(_ i: Int) -> Instant { slab.header(slot(index, i)).pointee.arrival }
  /// The packet's class, 0 (normal) and up, for stages that order by it.
  public func priority(_ i: Int) -> UInt8 { slab.header(slot(index, i)).pointee.priority }

  /// Cuts bytes off the front and the back of the packet; false, and nothing happens, when it has not so many.
  public mutating func trim(_ i: Int, front: Int = 0, back: Int = 0) -> Bool {
    let header = slab.header(slot(index, i))
    guard front >= 0, back >= 0, front <= Int(header.pointee.length), back <= Int(header.pointee.length) - front else {
      return false
    }
    header.pointee.start += UInt32(front)
    header.pointee.length -= UInt32(front + back)
    return true
  }
}

/// A packet and its decode stage's scratch, both to change.
public struct PacketAndScratch: ~Copyable, ~Escapable {
  /// The packet's bytes.
  public var packet: MutableSpan<UInt8>
  /// The scratch beside it.
  public var scratch: MutableSpan<UInt8>

  @_lifetime(copy packet, copy scratch)
  init(packet: consuming MutableSpan<UInt8>, scratch: consuming MutableSpan<UInt8>) {
    self.packet = packet
    self.scratch = scratch
  }
}

/// The place of a packet that has been taken out of its batch.
let takenPlace = UInt32.max

/// The slot at a place; traps on a place that does not exist.
@inline(__always)
func slot(_ index: UnsafeMutablePointer<UInt32>, _ i: Int) -> UInt32 {
  precondition(i >= 0 && i < Int(index[0]), "no such place in the batch")
  let slot = index[i + 1]
  precondition(slot != takenPlace, "the packet at this place has been taken")
  return slot
}
