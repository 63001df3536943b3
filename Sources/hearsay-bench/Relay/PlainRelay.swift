import Glibc
import MixHost
import MixNet
import Relay

/// The plain relay: frames of 2048 bytes without cryptography. They come out in their order, behind a circuit's number.
struct PlainRelay {
  private static let size = 2_048
  private static let distinct = 1_024
  private static let circuitSize = 8

  func run(_ bench: Bench) throws(BenchError) {
    let sink = try WirePort()
    let node = try NodeThread(
      Self.config(next: sink.port), files: NoFiles(), directory: NetworkDirectory(), plugins: [.relay])
    defer { node.stop() }
    var frames: [UInt8] = []
    for number in 0..<Self.distinct {
      frames += [0, 0, UInt8(Self.size >> 8), UInt8(Self.size & 0xff)]
      frames += Stamp.bytes(UInt64(number), size: Self.size)
    }
    let load = Load(frames: frames, frameSize: Self.size + 4, input: try Wire(to: node.port())) {
      () throws(BenchError) in FrameReader(try sink.accept())
    }
    var run = RelayRun("plain, 2048 bytes", node, load)
    let count = bench.size(1_000_000, quick: 2_000)
    var right = 0
    try run.run(warm: count / 10, count: count) { number, frame in
      if Self.isRight(frame, number, frames.span) { right += 1 }
    }
    run.measure.received = right
    run.measure.wrong = run.measure.sent - right
    bench.show(run.measure)
  }

  private static func isRight(_ frame: Span<UInt8>, _ number: Int, _ frames: Span<UInt8>) -> Bool {
    guard frame.count == circuitSize + size else { return false }
    let start = number % distinct * (size + 4) + 4
    return unsafe frame.extracting(circuitSize...).withUnsafeBytes { came in
      unsafe frames.extracting(start..<start + size).withUnsafeBytes { due in
        guard let came = came.baseAddress, let due = due.baseAddress else { return false }
        return unsafe memcmp(came, due, size) == 0
      }
    }
  }

  private static func config(next: UInt16) -> String {
    """
    [node]
    name = "entry"
    [pipeline]
    workers = 1
    [chain.relay]
    listen = "127.0.0.1:0"
    decode = ["plain"]
    forward = ["circuit"]
    [circuit]
    type = "entry"
    next = "127.0.0.1:\(next)"
    """
  }
}

/// No file is there.
private struct NoFiles: FileSource {
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    throw StorageError(path: path, detail: "no files are read here")
  }
}
