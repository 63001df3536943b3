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
      for place in sent..<sent + now {
        let due = rate > 0 ? begin + Nanos(UInt64(Double(place - first) * 1e9 / Double(rate))) : time
        sink.note(place, due: min(due, time), sent: time)
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
