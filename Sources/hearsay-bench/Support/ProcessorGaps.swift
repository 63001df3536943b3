import Glibc
import LinuxNet
import MixNet
import Synchronization

/// What a machine takes away from programs that have all its processors busy: for itself, for others, and, where it is a virtual one,
/// for its host. No latency can be steadier than that.
struct ProcessorGaps {
  /// The share of the time, in per cent, in which a busy thread did not run for longer than a tenth of a millisecond.
  let lostPercent: Double
  /// The longest time in which one did not run.
  let longest: Nanos

  private static let least = Nanos.us(100)

  /// Looks at the clock for so long on as many threads as there are processors; where a program may not use all of them, or not all
  /// of their time, that is taken away too.
  static func measure(_ time: Nanos) throws(BenchError) -> ProcessorGaps {
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let score = Score()
    do throws(SystemError) {
      var others: [Box] = []
      for number in 1..<processors { others.append(Box(try Thread("gaps \(number)") { score.add(watch(time)) })) }
      score.add(watch(time))
      for box in others { box.thread.take()?.join() }
    } catch { throw BenchError(error.description) }
    let (lost, longest) = score.sums.withLock { $0 }
    return ProcessorGaps(lostPercent: 100 * Double(lost.ns) / Double(time.ns) / Double(processors), longest: longest)
  }

  private static func watch(_ time: Nanos) -> (lost: Nanos, longest: Nanos) {
    let clock = SystemClock()
    let start = clock.now
    var (last, lost, longest) = (start, Nanos.zero, Nanos.zero)
    while last - start < time {
      let now = clock.now
      let gap = now - last
      if gap > least { lost = lost + gap }
      longest = max(longest, gap)
      last = now
    }
    return (lost, longest)
  }

  private final class Score: Sendable {
    let sums = Mutex<(lost: Nanos, longest: Nanos)>((.zero, .zero))
    func add(_ one: (lost: Nanos, longest: Nanos)) {
      sums.withLock { $0 = ($0.lost + one.lost, max($0.longest, one.longest)) }
    }
  }

  private final class Box {
    var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
  }
}
