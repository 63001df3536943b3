import CMallocCount
import Glibc
import LinuxNet
import MixNet

/// What pieces of work of this thread have cost, summed.
struct Meter: Sendable {
  var wall = Nanos.zero
  /// Processor time.
  var cpu: Nanos? = .zero
  var allocations: Int? = 0

  /// A moment of this thread.
  struct Moment {
    fileprivate let wall: Instant
    fileprivate let cpu: Nanos
    fileprivate let allocations: UInt64
  }

  static var now: Moment { Moment(wall: SystemClock().now, cpu: threadTime, allocations: malloc_count_calls()) }

  /// Adds what this thread has done since then.
  mutating func add(since start: Moment) {
    wall = wall + (SystemClock().now - start.wall)
    cpu = cpu.map { $0 + (Self.threadTime - start.cpu) }
    allocations = allocations.map { $0 + Int(clamping: malloc_count_calls() - start.allocations) }
  }

  /// Runs `body` and adds what it has cost.
  mutating func measure<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    let clock = SystemClock()
    let (allocations, cpu, start) = (malloc_count_calls(), Self.threadTime, clock.now)
    try body()
    wall = wall + (clock.now - start)
    self.cpu = self.cpu.map { $0 + (Self.threadTime - cpu) }
    self.allocations = self.allocations.map { $0 + Int(clamping: malloc_count_calls() - allocations) }
  }

  /// Two threads' work at the same time.
  mutating func addBeside(_ other: Meter) {
    wall = max(wall, other.wall)
    cpu = cpu.flatMap { mine in other.cpu.map { mine + $0 } }
    allocations = allocations.flatMap { mine in other.allocations.map { mine + $0 } }
  }

  /// Microseconds of processor time of each of `count`.
  func cpuMicroseconds(each count: Int) -> Double { Double((cpu ?? wall).ns) / 1e3 / Double(max(1, count)) }

  /// The processor time that this thread has used.
  static var threadTime: Nanos {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Nanos(UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  /// True when allocations are counted and say something: a debug build allocates by itself.
  static var countsAllocations: Bool {
    #if DEBUG
      false
    #else
      malloc_count_works() != 0
    #endif
  }
}
