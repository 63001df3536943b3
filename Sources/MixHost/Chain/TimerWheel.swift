package import MixNet

/// A hierarchical timer wheel (Varghese and Lauck, 1987) for a fixed number of things, each with one timer, at a
/// resolution of one millisecond. Setting, cancelling and expiring take constant time whatever is in it.
///
/// It is tickless: ``next`` says when something next expires, so nobody is woken for an empty millisecond, nor for moving
/// things from a coarse level to a finer one. A thing expires at its time or up to a millisecond after, never before; those
/// of one millisecond in the order in which they were set.
package struct TimerWheel: ~Copyable {
  private static var levels: Int { 6 }
  private static var slotBits: UInt64 { 6 }
  private static var slots: Int { 64 }
  private static var none: UInt32 { .max }
  private static var tickLength: UInt64 { 1_000_000 }

  /// Doubly linked lists through the things' numbers: one list a bucket.
  private let nextLink: UnsafeMutablePointer<UInt32>
  private let previousLink: UnsafeMutablePointer<UInt32>
  /// The bucket that a thing is in; `none` when its timer is not set.
  private let bucketOf: UnsafeMutablePointer<UInt32>
  private let tickOf: UnsafeMutablePointer<UInt64>
  private let heads: UnsafeMutablePointer<UInt32>
  private let tails: UnsafeMutablePointer<UInt32>
  /// No thing of a bucket is due before this tick, nor must it be moved on before it.
  private let earliest: UnsafeMutablePointer<UInt64>
  /// One bit a bucket that is not empty, a word a level. No `InlineArray`: all of it would be copied for each look at one level.
  private let occupied: UnsafeMutablePointer<UInt64>
  private let capacity: Int
  /// All ticks before this one have expired.
  private var tick: UInt64
  /// What ``next`` is, and the tick at which a bucket of any level next comes up; no tick of either is one that was. Nil since
  /// something was set or unset: a worker asks for both in each of its turns, in which most wheels have not changed.
  private var outlook: (next: Instant, event: UInt64)?
  /// How many timers are set.
  package private(set) var count = 0

  /// Timers for the things `0..<capacity`, none set.
  package init(capacity: Int, now: Instant) {
    self.capacity = capacity
    occupied = .allocate(capacity: Self.levels)
    occupied.initialize(repeating: 0, count: Self.levels)
    tick = now.ns / Self.tickLength
    let buckets = Self.levels * Self.slots
    nextLink = Self.filled(capacity)
    previousLink = Self.filled(capacity)
    bucketOf = Self.filled(capacity)
    heads = Self.filled(buckets)
    tails = Self.filled(buckets)
    earliest = .allocate(capacity: buckets)
    earliest.initialize(repeating: 0, count: buckets)
    tickOf = .allocate(capacity: max(1, capacity))
    tickOf.initialize(repeating: 0, count: max(1, capacity))
  }

  deinit {
    nextLink.deallocate()
    previousLink.deallocate()
    bucketOf.deallocate()
    tickOf.deallocate()
    heads.deallocate()
    tails.deallocate()
    earliest.deallocate()
    occupied.deallocate()
  }

  private static func filled(_ count: Int) -> UnsafeMutablePointer<UInt32> {
    let list = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, count))
    list.initialize(repeating: none, count: max(1, count))
    return list
  }

  /// The memory that such a wheel takes, in bytes.
  package static func memory(capacity: Int) -> Int { capacity * 20 + levels * slots * 16 }

  /// True when the thing's timer is set.
  package func isSet(_ thing: UInt32) -> Bool { bucketOf[Int(thing)] != Self.none }

  /// The time to which a thing's timer is set, as far as the wheel knows it: rounded up to a millisecond.
  package func time(of thing: UInt32) -> Instant {
    Instant(ns: tickOf[Int(thing)].multipliedReportingOverflow(by: Self.tickLength).partialValue)
  }

  /// Sets the timer of a thing, in place of the one it may have.
  package mutating func set(_ thing: UInt32, at time: Instant) {
    cancel(thing)
    let rounded = time.ns / Self.tickLength + (time.ns % Self.tickLength == 0 ? 0 : 1)
    tickOf[Int(thing)] = max(rounded, tick)
    place(thing)
    count += 1
  }

  /// Unsets the timer of a thing.
  package mutating func cancel(_ thing: UInt32) {
    guard bucketOf[Int(thing)] != Self.none else { return }
    unlink(thing)
    count -= 1
  }

  /// Takes the next thing whose time has come; nil when there is none.
  package mutating func expire(_ now: Instant) -> UInt32? {
    let target = now.ns / Self.tickLength
    while count > 0 {
      let slot = Int(tick & 63)
      if occupied[0] & (1 << UInt64(slot)) != 0 {
        // Only things of this very tick are in this bucket: a level-0 bucket spans one tick.
        guard tick <= target else { return nil }
        let thing = heads[slot]
        unlink(thing)
        count -= 1
        return thing
      }
      let event = look().event
      guard event <= target else {
        advance(to: target)
        return nil
      }
      advance(to: event)
      cascade()
    }
    tick = max(tick, target)
    return nil
  }

  /// Takes a thing whatever its time, an early one before a late one; nil when no timer is set.
  package mutating func takeAny() -> UInt32? {
    for level in 0..<Self.levels {
      guard let position = firstPosition(level) else { continue }
      let thing = heads[Self.bucket(level, position)]
      unlink(thing)
      count -= 1
      return thing
    }
    return nil
  }

  /// The time at which something next expires, or a little before where a timer was cancelled; never when no timer is set.
  package var next: Instant {
    mutating get { look().next }
  }

  /// What comes next, at all levels: when something expires, and at which tick a bucket comes up.
  private mutating func look() -> (next: Instant, event: UInt64) {
    if let outlook { return outlook }
    var (due, event) = (UInt64.max, UInt64.max)
    for level in 0..<Self.levels {
      guard let position = firstPosition(level) else { continue }
      due = min(due, earliest[Self.bucket(level, position)])
      event = min(event, position << (UInt64(level) * Self.slotBits))
    }
    let next =
      count == 0 ? Instant.never : Instant(ns: due.multipliedReportingOverflow(by: Self.tickLength).partialValue)
    outlook = (next, event)
    return (next, event)
  }

  /// The first bucket of a level that is not empty, counted from tick zero on. That of the present tick is among those of
  /// level 0 alone: what lay in a coarser one was moved on when its time began.
  private func firstPosition(_ level: Int) -> UInt64? {
    guard occupied[level] != 0 else { return nil }
    let present = tick >> (UInt64(level) * Self.slotBits)
    let start = present & 63
    let rotated = occupied[level] >> start | occupied[level] << (64 - start)
    return present + UInt64(rotated.trailingZeroBitCount)
  }

  private static func bucket(_ level: Int, _ position: UInt64) -> Int { level * slots + Int(position & 63) }

  private mutating func advance(to target: UInt64) { tick = max(tick, target) }

  /// Moves what lies in the present bucket of each coarse level to where it now belongs.
  private mutating func cascade() {
    for level in 1..<Self.levels {
      let shift = UInt64(level) * Self.slotBits
      guard tick & (1 << shift - 1) == 0 else { return }
      let bucket = Self.bucket(level, tick >> shift)
      while heads[bucket] != Self.none {
        let thing = heads[bucket]
        unlink(thing)
        place(thing)
      }
    }
  }

  private mutating func place(_ thing: UInt32) {
    let due = tickOf[Int(thing)]
    let distance = due - tick
    var level = 0
    while level < Self.levels - 1, distance >= 1 << (UInt64(level + 1) * Self.slotBits) { level += 1 }
    let shift = UInt64(level) * Self.slotBits
    // Beyond the last level's reach a thing waits in its farthest bucket and is placed again from there.
    let farthest = (tick >> shift) + 63
    let position = min(due >> shift, farthest)
    let bucket = Self.bucket(level, position)
    let moved = min(due, position << shift | (1 << shift - 1))
    earliest[bucket] = heads[bucket] == Self.none ? moved : min(earliest[bucket], moved)
    link(thing, bucket: bucket)
  }

  private mutating func link(_ thing: UInt32, bucket: Int) {
    outlook = nil
    nextLink[Int(thing)] = Self.none
    previousLink[Int(thing)] = tails[bucket]
    if tails[bucket] == Self.none { heads[bucket] = thing } else { nextLink[Int(tails[bucket])] = thing }
    tails[bucket] = thing
    bucketOf[Int(thing)] = UInt32(bucket)
    occupied[bucket / Self.slots] |= 1 << UInt64(bucket % Self.slots)
  }

  private mutating func unlink(_ thing: UInt32) {
    outlook = nil
    let bucket = Int(bucketOf[Int(thing)])
    let (before, after) = (previousLink[Int(thing)], nextLink[Int(thing)])
    if before == Self.none { heads[bucket] = after } else { nextLink[Int(before)] = after }
    if after == Self.none { tails[bucket] = before } else { previousLink[Int(after)] = before }
    bucketOf[Int(thing)] = Self.none
    if heads[bucket] == Self.none { occupied[bucket / Self.slots] &= ~(1 << UInt64(bucket % Self.slots)) }
  }
}
