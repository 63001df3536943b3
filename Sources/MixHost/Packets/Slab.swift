import Synchronization

/// One class of slots: how large, and how many each worker has.
struct SizeClass: Equatable, Sendable {
  /// Bytes that a packet may have.
  let bytes: Int
  /// Slots of each home; its count is the number of homes.
  let counts: [Int]
  /// True for slots that no packet may take: they are for handshakes and pings, which must go on while the pool is full.
  var isReserved = false

  var total: Int { counts.reduce(0, +) }
}

/// All packet memory of a chain, allocated and touched at start, never grown.
///
/// A slot is a number. Its memory, its header and its reference count are found by it; its home, the worker whose free
/// list it returns to, never changes. Slots of one home lie together, so that two workers' free slots share no line.
///
/// It is shared by all workers without a lock: whoever holds a slot's number owns what is behind it, and numbers are
/// handed over through rings.
final class Slab: @unchecked Sendable {
  let classes: [SizeClass]
  let homes: Int
  /// Slots of all classes and homes.
  let count: Int
  /// Bytes after each slot that belong to the decode stage between `decode` and `finish`.
  let scratchSize: Int

  private let memory: UnsafeMutableRawPointer
  private let headerMemory: UnsafeMutableRawPointer
  private let references: UnsafeMutablePointer<Atomic<UInt32>>

  /// Slots begin on a cache line.
  private static let alignment = 64

  init(classes: [SizeClass], homes: Int, scratchSize: Int) {
    self.classes = classes.sorted { $0.bytes < $1.bytes }
    self.homes = homes
    self.scratchSize = scratchSize
    count = classes.reduce(0) { $0 + $1.total }
    let size = Self.slotBytes(classes: classes, scratchSize: scratchSize)
    memory = .allocate(byteCount: max(1, size), alignment: 4096)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(1, size))
    headerMemory = .allocate(byteCount: max(1, count) * SlotHeader.stride, alignment: 128)
    headerMemory.initializeMemory(as: UInt8.self, repeating: 0, count: max(1, count) * SlotHeader.stride)
    references = .allocate(capacity: max(1, count))
    for slot in 0..<count { (references + slot).initialize(to: Atomic(0)) }
    layOut()
  }

  deinit {
    memory.deallocate()
    headerMemory.deallocate()
    references.deallocate()
  }

  private func layOut() {
    var slot = 0
    var at = memory.assumingMemoryBound(to: UInt8.self)
    for home in 0..<homes {
      for (index, sizeClass) in classes.enumerated() {
        for _ in 0..<sizeClass.counts[home] {
          (headerMemory + slot * SlotHeader.stride).bindMemory(to: SlotHeader.self, capacity: 1).initialize(
            to: SlotHeader(
              bytes: at, capacity: UInt32(sizeClass.bytes), home: UInt16(home), sizeClass: UInt8(index)))
          at += Self.stride(of: sizeClass.bytes + scratchSize)
          slot += 1
        }
      }
    }
  }

  func header(_ slot: UInt32) -> UnsafeMutablePointer<SlotHeader> {
    (headerMemory + Int(slot) * SlotHeader.stride).assumingMemoryBound(to: SlotHeader.self)
  }

  /// Several owners from now on: the slot is free when each of them has called ``release(_:)``.
  func share(_ slot: UInt32, owners: Int) {
    references[Int(slot)].store(UInt32(owners), ordering: .releasing)
  }

  /// True when the last owner has let go.
  func release(_ slot: UInt32) -> Bool {
    references[Int(slot)].wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
  }

  /// The slots of one home and class, as a range of numbers.
  func slots(home: Int, sizeClass: Int) -> Range<UInt32> {
    var first = 0
    for h in 0..<home { first += classes.reduce(0) { $0 + $1.counts[h] } }
    for c in 0..<sizeClass { first += classes[c].counts[home] }
    return UInt32(first)..<UInt32(first + classes[sizeClass].counts[home])
  }

  private static func stride(of bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

  private static func slotBytes(classes: [SizeClass], scratchSize: Int) -> Int {
    classes.reduce(0) { $0 + $1.total * stride(of: $1.bytes + scratchSize) }
  }

  /// The memory that such a slab takes, in bytes: slots, headers and reference counts.
  static func memory(classes: [SizeClass], scratchSize: Int) -> Int {
    let count = classes.reduce(0) { $0 + $1.total }
    return slotBytes(classes: classes, scratchSize: scratchSize) + count * (SlotHeader.stride + 4)
  }
}
