import CMallocCount
import LinuxNet
import MixNet

/// What some work has cost.
struct Cost {
  var wall = Nanos.zero
  /// Processor time: of this thread, or of whom the case watches.
  var cpu = Nanos.zero
  var allocations = 0
  /// False where the allocations of the work cannot be seen: those of another process.
  var seesAllocations = true

  /// Allocations for each of `count`; nil where they cannot be seen.
  func allocationsEach(_ count: Double) -> Double? { seesAllocations ? Double(allocations) / count : nil }

  /// True when allocations are counted and say something: a debug build allocates by itself.
  static var countsAllocations: Bool {
    #if DEBUG
      false
    #else
      malloc_count_works() != 0
    #endif
  }

  static func + (a: Cost, b: Cost) -> Cost {
    Cost(
      wall: a.wall + b.wall, cpu: a.cpu + b.cpu, allocations: a.allocations + b.allocations,
      seesAllocations: a.seesAllocations && b.seesAllocations)
  }
}

/// The processor time that this process has used.
var processTime: Nanos { ProcessUsage.cpuTime() ?? .zero }

/// Measures pieces of work of this thread, and sums them.
struct Meter {
  private let clock = SystemClock()
  private(set) var sum = Cost()

  /// Runs `body` and adds what it has cost.
  mutating func measure(_ body: () -> Void) {
    let allocations = malloc_count_calls()
    let cpu = ProcessUsage.threadTime
    let start = clock.now
    body()
    let wall = clock.now - start
    sum.cpu = sum.cpu + (ProcessUsage.threadTime - cpu)
    sum.wall = sum.wall + wall
    sum.allocations += Int(clamping: malloc_count_calls() - allocations)
  }
}

/// Times from one point to another, in a memory fixed before the first.
struct Latency {
  private var times: [UInt64] = []
  private var isSorted = false

  /// Room for `count` times; more are left out.
  init(count: Int) { times.reserveCapacity(count) }

  var count: Int { times.count }

  mutating func add(_ time: Nanos) {
    if times.count < times.capacity { times.append(time.ns) }
  }

  /// The time below which so many of a hundred lie, in microseconds.
  func microseconds(_ percent: Double) -> Double {
    guard !times.isEmpty else { return 0 }
    let sorted = times.sorted()
    return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))]) / 1e3
  }
}
