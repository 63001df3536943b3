import Glibc
import MixNet

/// Processor time in the program and in the kernel, as getrusage(2) tells it: their sum is exact, and how it is divided the kernel samples.
struct ProcessorTime {
  var user: Nanos
  var kernel: Nanos

  var all: Nanos { user + kernel }

  /// What all threads of this process have used.
  static var process: ProcessorTime { Self(of: RUSAGE_SELF.rawValue) }
  /// What this thread has used.
  static var thread: ProcessorTime { Self(of: thisThread) }

  /// RUSAGE_THREAD, which glibc shows to programs in C alone.
  private static let thisThread: Int32 = 1

  private init(of whom: Int32) {
    var usage = rusage()
    unsafe getrusage(whom, &usage)
    (user, kernel) = (Self.time(usage.ru_utime), Self.time(usage.ru_stime))
  }

  private init(_ user: Nanos, _ kernel: Nanos) { (self.user, self.kernel) = (user, kernel) }

  private static func time(_ time: timeval) -> Nanos {
    Nanos(UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1_000)
  }

  /// Nothing is less than zero: a division that is sampled may go back a little.
  static func - (a: Self, b: Self) -> Self {
    Self(a.user - min(a.user, b.user), a.kernel - min(a.kernel, b.kernel))
  }
}
