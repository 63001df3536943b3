package import Synchronization

/// A bounded queue between two workers: one pushes, one pops, neither waits (Lamport's ring). The two counters lie on
/// cache lines of their own.
package final class Ring<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let storage: UnsafeMutablePointer<Element>
  @usableFromInline let mask: Int
  private let counters: UnsafeMutablePointer<Atomic<Int>>
  @usableFromInline let popped: UnsafeMutablePointer<Atomic<Int>>
  @usableFromInline let pushed: UnsafeMutablePointer<Atomic<Int>>
  /// Eight counters of 8 bytes are a cache line; two lines keep the prefetcher's pairs apart too.
  private static var apart: Int { 16 }

  /// Room for at least `capacity` elements.
  package init(capacity: Int) {
    let size = Self.size(capacity)
    mask = size - 1
    storage = .allocate(capacity: size)
    // Touched now, so that memory is counted at the start and not found missing later.
    UnsafeMutableRawPointer(storage).initializeMemory(
      as: UInt8.self, repeating: 0, count: size * MemoryLayout<Element>.stride)
    counters = .allocate(capacity: 2 * Self.apart)
    for i in 0..<2 * Self.apart { (counters + i).initialize(to: Atomic(0)) }
    popped = counters
    pushed = counters + Self.apart
  }

  deinit {
    storage.deallocate()
    counters.deallocate()
  }

  /// The next power of two.
  private static func size(_ capacity: Int) -> Int {
    var size = 2
    while size < capacity { size *= 2 }
    return size
  }

  /// The memory that such a ring takes, in bytes.
  static func memory(capacity: Int) -> Int {
    size(capacity) * MemoryLayout<Element>.stride + 2 * apart * MemoryLayout<Int>.stride
  }

  /// False when it is full. Only the one producer may call it.
  @inlinable package func push(_ element: Element) -> Bool {
    let at = pushed.pointee.load(ordering: .relaxed)
    if at - popped.pointee.load(ordering: .acquiring) > mask { return false }
    storage[at & mask] = element
    pushed.pointee.store(at + 1, ordering: .releasing)
    return true
  }

  /// The oldest element. Only the one consumer may call it.
  @inlinable package func pop() -> Element? {
    let at = popped.pointee.load(ordering: .relaxed)
    if at == pushed.pointee.load(ordering: .acquiring) { return nil }
    let element = storage[at & mask]
    popped.pointee.store(at + 1, ordering: .releasing)
    return element
  }

  /// Puts so many elements in at once, so that the other side's cache is told once; false, and nothing happens, when they
  /// do not fit. Only the one producer may call it.
  @inlinable package func push(_ elements: UnsafePointer<Element>, count: Int) -> Bool {
    let at = pushed.pointee.load(ordering: .relaxed)
    if at - popped.pointee.load(ordering: .acquiring) + count > mask + 1 { return false }
    for i in 0..<count { storage[(at + i) & mask] = elements[i] }
    pushed.pointee.store(at + count, ordering: .releasing)
    return true
  }

  /// Moves the oldest elements, at most `room`, to `elements`; says how many. Only the one consumer may call it.
  @inlinable package func pop(into elements: UnsafeMutablePointer<Element>, room: Int) -> Int {
    let at = popped.pointee.load(ordering: .relaxed)
    let count = min(room, pushed.pointee.load(ordering: .acquiring) - at)
    if count == 0 { return 0 }
    for i in 0..<count { elements[i] = storage[(at + i) & mask] }
    popped.pointee.store(at + count, ordering: .releasing)
    return count
  }

  /// How many elements are in it, as far as the caller can know.
  var count: Int { pushed.pointee.load(ordering: .acquiring) - popped.pointee.load(ordering: .acquiring) }

  /// How many more there is room for, as far as the caller can know.
  var room: Int { mask + 1 - count }

  /// True when nothing is in it, as far as the caller can know.
  package var isEmpty: Bool { popped.pointee.load(ordering: .acquiring) == pushed.pointee.load(ordering: .acquiring) }
}

/// A bounded queue of slots within one worker.
struct SlotQueue: ~Copyable {
  private let storage: UnsafeMutablePointer<UInt32>
  private let capacity: Int
  private var first = 0
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(1, capacity)
    storage = .allocate(capacity: max(1, capacity))
    storage.initialize(repeating: 0, count: max(1, capacity))
  }

  deinit { storage.deallocate() }

  /// The queue has a place for every slot of the chain, so a push that fails is an error of the host's.
  mutating func push(_ slot: UInt32) {
    precondition(count < capacity, "more slots in a queue than the chain has")
    let at = first + count
    storage[at < capacity ? at : at - capacity] = slot
    count += 1
  }

  mutating func pop() -> UInt32? {
    guard count > 0 else { return nil }
    let slot = storage[first]
    first = first + 1 == capacity ? 0 : first + 1
    count -= 1
    return slot
  }
}
