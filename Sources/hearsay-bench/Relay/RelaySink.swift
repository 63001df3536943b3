import Glibc
import LinuxNet
import MixNet
import Synchronization

/// The node behind the node under load: takes frames, looks at each, and says how long it was under way.
@safe
final class RelaySink: @unchecked Sendable {
  struct Result: Sendable {
    var right = 0
    var wrong = 0
    var doubled = 0
    /// Why nothing more was read.
    var fault: String?
    /// Of the frames that came since ``RelaySink/clear()``, in microseconds: from just before a frame was written into the node's socket
    /// until it had come to the sink's.
    var latencies: [Double] = []
    /// The same from when the frame was due, though the generator was late, until the sink had read it, though it was.
    var wholes: [Double] = []
    /// When the last one came.
    var last = Instant(ns: 0)
  }

  private let work: RelayWork
  /// When each frame was due and when it was sent: written before it is, read after it has come.
  private let times: UnsafeMutablePointer<(due: Instant, sent: Instant)>
  private let state: Mutex<Result>
  private let count = Atomic(0)
  private let isStopped = Atomic(false)
  private var seen: [Bool]
  private var thread: Thread?

  init(_ work: RelayWork, _ output: @escaping @Sendable () throws(BenchError) -> FrameReader) {
    self.work = work
    unsafe times = .allocate(capacity: work.count)
    unsafe times.initialize(repeating: (Instant(ns: 0), Instant(ns: 0)), count: work.count)
    seen = [Bool](repeating: false, count: work.count)
    var empty = Result()
    empty.latencies.reserveCapacity(work.count)
    empty.wholes.reserveCapacity(work.count)
    state = Mutex(empty)
    do throws(SystemError) {
      thread = try Thread("sink") { [unowned self] in take(output) }
    } catch { state.withLock { $0.fault = error.description } }
  }

  deinit { unsafe times.deallocate() }

  var received: Int { count.load(ordering: .acquiring) }
  var result: Result { state.withLock { $0 } }

  func note(_ place: Int, due: Instant, sent: Instant) { unsafe times[place] = (due, sent) }

  /// Forgets the latencies: what came before was to warm up.
  func clear() {
    state.withLock { result in
      result.latencies.removeAll(keepingCapacity: true)
      result.wholes.removeAll(keepingCapacity: true)
    }
  }

  private func take(_ output: () throws(BenchError) -> FrameReader) {
    let clock = SystemClock()
    do throws(BenchError) {
      let reader = try output()
      while !isStopped.load(ordering: .relaxed) {
        var came = 0
        try reader.read { frame in
          let now = clock.now
          came += 1
          let place = work.place(of: frame)
          state.withLock { result in
            guard let place else { return result.wrong += 1 }
            if seen[place] { return result.doubled += 1 }
            seen[place] = true
            result.right += 1
            result.last = now
            let (due, sent) = unsafe times[place]
            result.latencies.append(Double((reader.came - min(sent, reader.came)).ns) / 1e3)
            result.wholes.append(Double((now - due).ns) / 1e3)
          }
        }
        count.add(came, ordering: .releasing)
      }
    } catch {
      let sentence = error.sentence
      state.withLock { $0.fault = sentence }
    }
  }

  /// Waits until so many frames have come, or none has for so long.
  func wait(for target: Int, quiet: Nanos) {
    let clock = SystemClock()
    var (last, since) = (received, clock.now)
    while received < target, clock.now - since < quiet {
      usleep(1_000)
      if received != last { (last, since) = (received, clock.now) }
    }
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    thread.take()?.join()
  }
}
