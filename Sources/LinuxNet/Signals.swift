import CSys
import Glibc
public import MixNet

/// A signal that asks something of a node.
public enum ProcessSignal: Hashable, Sendable {
  /// SIGTERM: stop.
  case terminate
  /// SIGINT: stop; somebody pressed control-C.
  case interrupt
  /// SIGHUP: read the configuration again.
  case hangup
}

/// SIGTERM, SIGINT and SIGHUP as something to wait for, instead of something that breaks in.
///
/// Make it on the first thread before any other starts: threads inherit that these signals are blocked, and a thread
/// from before would still be killed by them. From then on SIGPIPE is ignored in the whole process. Blocked signals and
/// ignored ones are inherited through exec. Give it to ``EpollNetwork/watch(_:)``, or wait here.
public final class Signals: Sendable {
  let descriptor: Int32

  /// Blocks the signals in this thread and in those that it will start.
  public init() throws(SystemError) {
    descriptor = sys_signals_open()
    guard descriptor >= 0 else { throw SystemError(action: "take signals", code: -descriptor) }
  }

  deinit { closeDescriptor(descriptor) }

  /// One signal that has come; nil when none waits. Of several equal ones that came before they were taken, one is told.
  public func take() -> ProcessSignal? {
    switch sys_signals_take(descriptor) {
    case SIGTERM: .terminate
    case SIGINT: .interrupt
    case SIGHUP: .hangup
    default: nil
    }
  }

  /// Waits for a signal; nil when `deadline` has come (nil: for ever; an instant in the past: only looks).
  public func next(until deadline: Instant?) -> ProcessSignal? {
    while true {
      if let signal = take() { return signal }
      let left = SystemClock.span(until: deadline)
      if left == 0 { return nil }
      _ = sys_wait_readable(descriptor, left)
    }
  }
}

/// The process that started this one; another one's number once that has ended.
public var parentProcess: Int32 { getppid() }
