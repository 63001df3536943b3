public import MixNet

/// The packets of one turn, lent to a mix stage, which alone may take packets out and put packets in.
public struct MixBatch: ~Copyable {
  /// The packets that are in it now.
  public internal(set) var packets: PacketBatch
  private let capacity: Int

  init(packets: consuming PacketBatch, capacity: Int) {
    self.packets = packets
    self.capacity = capacity
  }

  /// Takes a packet out; the stage owns it until it appends it again. Its place stays and must not be used again.
  public mutating func take(_ i: Int) -> HeldPacket {
    let taken = slot(packets.index, i)
    packets.index[i + 1] = takenPlace
    return HeldPacket(slot: taken, header: packets.slab.header(taken))
  }

  /// How many packets may still be appended.
  public var room: Int { capacity - packets.count }

  /// Puts a packet at the end. Trying it without ``room`` traps.
  public mutating func append(_ packet: consuming HeldPacket) {
    precondition(room > 0, "there is no room left in the batch")
    packets.index[packets.count + 1] = packet.letGo()
    packets.index[0] += 1
  }
}

/// A packet that a mix stage holds. It is a value with one owner: giving it back twice does not compile, and losing it
/// traps, so that a leak is found by the first test and not by an operator.
@safe public struct HeldPacket: ~Copyable {
  private let slot: UInt32
  private let header: UnsafeMutablePointer<SlotHeader>

  init(slot: UInt32, header: UnsafeMutablePointer<SlotHeader>) {
    self.slot = slot
    self.header = header
  }

  deinit { lost() }

  /// The packet's class, 0 (normal) and up.
  public var priority: UInt8 { header.pointee.priority }
  /// When the packet was due to leave the delay stages.
  public var deadline: Instant { header.pointee.deadline }
  /// When the packet's last byte came.
  public var arrival: Instant { header.pointee.arrival }

  consuming func letGo() -> UInt32 {
    let slot = self.slot
    discard self
    return slot
  }

  private borrowing func lost() { preconditionFailure("a mix stage has lost a packet that it held") }
}

/// Room for packets that a mix stage holds: an array does not take noncopyable values.
@safe public struct Hold: ~Copyable {
  private let storage: UnsafeMutablePointer<HeldPacket>
  /// How many packets it has room for.
  public let capacity: Int
  /// How many packets are in it.
  public private(set) var count = 0

  /// Room for `capacity` packets.
  public init(capacity: Int) {
    self.capacity = max(0, capacity)
    storage = .allocate(capacity: max(1, capacity))
  }

  deinit {
    storage.deinitialize(count: count)
    storage.deallocate()
  }

  /// True when nothing more fits.
  public var isFull: Bool { count == capacity }

  /// Keeps a packet as the last one. Trying it when full traps.
  public mutating func insert(_ packet: consuming HeldPacket) {
    precondition(!isFull, "there is no room left in the hold")
    (storage + count).initialize(to: packet)
    count += 1
  }

  /// Takes the packet at `place` out; the last one takes its place.
  public mutating func remove(at place: Int) -> HeldPacket {
    precondition(place >= 0 && place < count, "no such place in the hold")
    count -= 1
    let packet = (storage + place).move()
    if place != count { (storage + place).moveInitialize(from: storage + count, count: 1) }
    return packet
  }

  /// Looks at the packet at `place`.
  public func deadline(_ place: Int) -> Instant {
    precondition(place >= 0 && place < count, "no such place in the hold")
    return storage[place].deadline
  }

  /// The class of the packet at `place`.
  public func priority(_ place: Int) -> UInt8 {
    precondition(place >= 0 && place < count, "no such place in the hold")
    return storage[place].priority
  }
}
