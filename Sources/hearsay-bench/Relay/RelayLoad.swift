import Glibc
import LinuxNet
import MixNet

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
  func run(_ count: Int, rate: Int) throws(BenchError) {
    let clock = SystemClock()
    let (begin, end) = (clock.now, min(sent + count, work.count))
    let first = sent
    var moved = begin
    var pace = RelayPace(rate: rate, from: begin)
    while sent < end {
      let time = clock.now
      let ready = rate > 0 ? pace.ready(at: time, sent: sent - first) : sink.received + Self.window - sent
      guard ready > 0 else {
        guard time - moved < .s(10) else { throw BenchError("nothing has come out for ten seconds") }
        usleep(rate > 0 ? 20 : 50)
        continue
      }
      moved = time
      let now = min(ready, end - sent, Self.burst)
      pace.take(now)
      for place in sent..<sent + now {
        sink.note(place, due: rate > 0 ? min(pace.due(place - first), time) : time, sent: time)
      }
      let wire = inputs[sent / Self.burst % inputs.count]
      try work.withFrames(sent, now) { (frames) throws(BenchError) in try wire.write(frames) }
      sent += now
    }
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
