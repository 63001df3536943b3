import MixNet

/// The free slots of one chain at home with one worker: a stack a size class, owned by that worker alone.
struct FreeSlots: ~Copyable {
  private struct Stack {
    /// Bytes that a packet in such a slot may have.
    let bytes: Int
    let isReserved: Bool
    /// All slots of the class that are at home here; those that are free are the first `count` of `slots`.
    let home: Int
    let slots: UnsafeMutablePointer<UInt32>
    var count: Int
  }

  private let slab: Slab
  private let home: Int
  private let stacks: UnsafeMutableBufferPointer<Stack>

  init(slab: Slab, home: Int) {
    self.slab = slab
    self.home = home
    stacks = .allocate(capacity: slab.classes.count)
    for (c, sizeClass) in slab.classes.enumerated() {
      let numbers = slab.slots(home: home, sizeClass: c)
      let slots = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, numbers.count))
      for (place, slot) in numbers.reversed().enumerated() { slots[place] = slot }
      stacks.initializeElement(
        at: c,
        to: Stack(
          bytes: sizeClass.bytes, isReserved: sizeClass.isReserved, home: numbers.count, slots: slots,
          count: numbers.count))
    }
  }

  deinit {
    for stack in stacks { stack.slots.deallocate() }
    stacks.deallocate()
  }

  /// A slot for `bytes` bytes from the smallest class that fits and is not empty; nil when there is none. Its header is
  /// reset, its length set, its bytes are whatever the last packet left. The reserved ones are for frames of the host's own.
  func take(bytes: Int, forOwn isOwn: Bool = false) -> UInt32? {
    if !isOwn, Probe.buggify("slots.none", oneIn: 50) { return nil }
    for c in stacks.indices
    where stacks[c].bytes >= bytes && stacks[c].count > 0 && (isOwn || !stacks[c].isReserved) {
      let slot = pop(c)
      let header = slab.header(slot)
      header.pointee.reset()
      header.pointee.length = UInt32(bytes)
      return slot
    }
    return nil
  }

  /// Any free slot, with the header that it had when it was given back.
  func takeAsItIs() -> UInt32? {
    for c in stacks.indices where stacks[c].count > 0 { return pop(c) }
    return nil
  }

  private func pop(_ c: Int) -> UInt32 {
    stacks[c].count -= 1
    return stacks[c].slots[stacks[c].count]
  }

  /// Gives a slot back. Only slots of this home may come here.
  func give(_ slot: UInt32) {
    let header = slab.header(slot)
    let c = Int(header.pointee.sizeClass)
    precondition(
      Int(header.pointee.home) == home && stacks[c].count < stacks[c].home, "a slot was given back twice")
    stacks[c].slots[stacks[c].count] = slot
    if Probe.planted("slot_given_twice", oneIn: 100) { stacks[c].slots[0] = slot }
    stacks[c].count += 1
  }

  /// Slots for packets of `bytes` bytes: those that are free, and all that are at home here.
  func room(bytes: Int) -> (free: Int, home: Int) {
    var room = (free: 0, home: 0)
    for stack in stacks where stack.bytes >= bytes && !stack.isReserved {
      room.free += stack.count
      room.home += stack.home
    }
    return room
  }

  /// The share of the slots that is in use, in percent: of those for packets of the size that has the least room.
  var usedPercent: Int {
    var (most, free, all) = (0, 0, 0)
    // From the largest class on: a packet may also lie in a slot that is larger than it needs.
    for stack in stacks.reversed() where !stack.isReserved {
      free += stack.count
      all += stack.home
      if all > 0 { most = max(most, 100 - 100 * free / all) }
    }
    return most
  }

  /// How often a slot is in the stacks that is in them already; for one who looks on from outside.
  var doubles: Int {
    var seen = [Bool](repeating: false, count: slab.count)
    var doubles = 0
    for stack in stacks {
      for slot in UnsafeBufferPointer(start: stack.slots, count: stack.count) {
        doubles += seen[Int(slot)] ? 1 : 0
        seen[Int(slot)] = true
      }
    }
    return doubles
  }

  /// Free slots of all classes.
  var count: Int { stacks.reduce(0) { $0 + $1.count } }
}
