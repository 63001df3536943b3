import MixNet

/// The free slots of one chain at home with one worker: a stack a size class, owned by that worker alone.
struct FreeSlots: ~Copyable {
  private let slab: Slab
  private let home: Int
  private let stacks: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>>
  private let counts: UnsafeMutablePointer<Int>

  init(slab: Slab, home: Int) {
    self.slab = slab
    self.home = home
    stacks = .allocate(capacity: slab.classes.count)
    counts = .allocate(capacity: slab.classes.count)
    for c in slab.classes.indices {
      let slots = slab.slots(home: home, sizeClass: c)
      stacks[c] = .allocate(capacity: max(1, slots.count))
      for (place, slot) in slots.reversed().enumerated() { stacks[c][place] = slot }
      counts[c] = slots.count
    }
  }

  deinit {
    for c in slab.classes.indices { stacks[c].deallocate() }
    stacks.deallocate()
    counts.deallocate()
  }

  /// A slot for `bytes` bytes from the smallest class that fits and is not empty; nil when there is none. Its header is
  /// reset, its length set, its bytes are whatever the last packet left. The reserved ones are for frames of the host's own.
  mutating func take(bytes: Int, forOwn isOwn: Bool = false) -> UInt32? {
    if !isOwn, Probe.buggify("slots.none", oneIn: 50) { return nil }
    for c in slab.classes.indices
    where slab.classes[c].bytes >= bytes && counts[c] > 0 && (isOwn || !slab.classes[c].isReserved) {
      counts[c] -= 1
      let slot = stacks[c][counts[c]]
      let header = slab.header(slot)
      header.pointee.reset()
      header.pointee.length = UInt32(bytes)
      return slot
    }
    return nil
  }

  /// Any free slot, with the header that it had when it was given back.
  mutating func takeAsItIs() -> UInt32? {
    for c in slab.classes.indices where counts[c] > 0 {
      counts[c] -= 1
      return stacks[c][counts[c]]
    }
    return nil
  }

  /// Gives a slot back. Only slots of this home may come here.
  mutating func give(_ slot: UInt32) {
    let c = Int(slab.header(slot).pointee.sizeClass)
    let room = slab.classes[c].counts[home]
    precondition(Int(slab.header(slot).pointee.home) == home && counts[c] < room, "a slot was given back twice")
    stacks[c][counts[c]] = slot
    if Probe.planted("slot_given_twice", oneIn: 100) { stacks[c][0] = slot }
    counts[c] += 1
  }

  /// Free slots for packets of `bytes` bytes.
  func count(bytes: Int) -> Int {
    var sum = 0
    for c in slab.classes.indices where slab.classes[c].bytes >= bytes && !slab.classes[c].isReserved {
      sum += counts[c]
    }
    return sum
  }

  /// How often a slot is in the stacks that is in them already; for one who looks on from outside.
  var doubles: Int {
    var seen = [Bool](repeating: false, count: slab.count)
    var doubles = 0
    for c in slab.classes.indices {
      for place in 0..<counts[c] {
        let slot = Int(stacks[c][place])
        doubles += seen[slot] ? 1 : 0
        seen[slot] = true
      }
    }
    return doubles
  }

  /// Free slots of all classes.
  var count: Int {
    var sum = 0
    for c in slab.classes.indices { sum += counts[c] }
    return sum
  }
}
