import MixNet

/// Drives a node from outside, in this thread: frames into some connections in turn, so many under way at most, and what
/// the node makes of them out of another.
struct Load {
  /// The frames, one behind the other.
  let frames: [UInt8]
  let frameSize: Int
  let inputs: [Wire]
  private var turn = 0
  /// Waits for the node's own connection: it may open it for the first frame only.
  let accept: () throws(BenchError) -> FrameReader
  private var output: FrameReader?
  private(set) var sent = 0
  private(set) var received = 0

  /// Frames under way; what a node can hold is far more.
  private static let window = 256
  private static let burst = 64

  init(
    frames: [UInt8], frameSize: Int, inputs: [Wire], accept: @escaping () throws(BenchError) -> FrameReader
  ) {
    self.frames = frames
    self.frameSize = frameSize
    self.inputs = inputs
    self.accept = accept
  }

  /// Sends `count` frames, those of the list over and over, and waits until as many have come out. `visit` is shown each.
  mutating func run(_ count: Int, _ visit: (Span<UInt8>) -> Void) throws(BenchError) {
    let (end, perRound) = (sent + count, frames.count / frameSize)
    while received < end {
      let next = min(Self.burst, end - sent, perRound - sent % perRound)
      if next > 0, sent + next - received <= Self.window {
        let start = sent % perRound * frameSize
        try inputs[turn % inputs.count].write(frames.span.extracting(start..<start + next * frameSize))
        sent += next
        turn += 1
      } else {
        if output == nil { output = try accept() }
        var received = received
        try output?.read { frame in
          visit(frame)
          received += 1
        }
        self.received = received
      }
    }
  }
}
