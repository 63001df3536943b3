import Glibc
import LinuxNet
import MixNet
import Synchronization

/// Sends a work's frames into connections at a rate, in this thread, and takes what comes out in another.
final class RelayLoad {
  private let work: RelayWork
  private let inputs: [Wire]
  private let sink: RelaySink
  private var sent = 0

  /// Frames that go into a connection at once, at most.
  private static let burst = 32
  /// Frames under way when they go as fast as they are taken; what a node can hold is far more.
  private static let window = 1_024

  init(_ work: RelayWork, inputs: [Wire], output: @escaping @Sendable () throws(BenchError) -> FrameReader) {
    self.work = work
    self.inputs = inputs
    sink = RelaySink(work, output)
  }

  /// Sends the next `count` frames.
  /// - Parameter rate: frames a second; 0: as fast as they are taken.
  /// - Returns: how long the sending took.
  func run(_ count: Int, rate: Int) throws(BenchError) -> Nanos {
    let clock = SystemClock()
    let (begin, end) = (clock.now, min(sent + count, work.count))
    let first = sent
    var moved = begin
    while sent < end {
      var due = end
      if rate > 0 {
        due = min(end, first + 1 + Int(Double((clock.now - begin).ns) * Double(rate) / 1e9))
      } else {
        due = min(end, sink.received + Self.window)
      }
      guard due > sent else {
        guard clock.now - moved < .s(10) else { throw BenchError("nothing has come out for ten seconds") }
        usleep(rate > 0 ? 20 : 50)
        continue
      }
      moved = clock.now
      let now = min(due - sent, Self.burst)
      let time = clock.now
      for place in sent..<sent + now { sink.note(place, time) }
      let wire = inputs[sent / Self.burst % inputs.count]
      try work.withFrames(sent, now) { (frames) throws(BenchError) in try wire.write(frames) }
      sent += now
    }
    let took = clock.now - begin
    return took
  }

  /// Waits until all that was sent has come out, or nothing has for so long.
  func settle(quiet: Nanos = .s(1)) { sink.wait(for: sent, quiet: quiet) }

  /// What came of it so far.
  var result: RelaySink.Result { sink.result }
  /// Frames that were sent.
  var count: Int { sent }
  /// Forgets the latencies so far.
  func clear() { sink.clear() }

  func stop() { sink.stop() }
}

/// The node behind the node under load: takes frames, looks at each, and says how long it was under way.
@safe
final class RelaySink: @unchecked Sendable {
  struct Result: Sendable {
    var right = 0
    var wrong = 0
    var doubled = 0
    /// Microseconds, of the frames that came since ``RelaySink/clear()``, sorted.
    var latencies: [Double] = []
    /// When the last one came.
    var last = Instant(ns: 0)
  }

  private let work: RelayWork
  /// When each frame was sent: written before it is, read after it has come.
  private let times: UnsafeMutablePointer<Instant>
  private let state: Mutex<Result>
  private let count = Atomic(0)
  private let isStopped = Atomic(false)
  private var seen: [Bool]
  private var thread: Thread?

  init(_ work: RelayWork, _ output: @escaping @Sendable () throws(BenchError) -> FrameReader) {
    self.work = work
    unsafe times = .allocate(capacity: work.count)
    unsafe times.initialize(repeating: Instant(ns: 0), count: work.count)
    seen = [Bool](repeating: false, count: work.count)
    var empty = Result()
    empty.latencies.reserveCapacity(work.count)
    state = Mutex(empty)
    thread = try? Thread("sink") { [unowned self] in take(output) }
  }

  deinit { unsafe times.deallocate() }

  var received: Int { count.load(ordering: .acquiring) }
  var result: Result { state.withLock { $0 } }

  func note(_ place: Int, _ time: Instant) { unsafe times[place] = time }

  /// Forgets the latencies: what came before was to warm up.
  func clear() { state.withLock { $0.latencies.removeAll(keepingCapacity: true) } }

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
            result.latencies.append(Double((now - (unsafe times[place])).ns) / 1e3)
          }
        }
        count.add(came, ordering: .releasing)
      }
    } catch {
      // The node has ended, or nothing more comes: whoever waits finds that by the count.
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
