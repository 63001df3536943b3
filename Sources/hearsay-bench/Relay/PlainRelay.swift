import Glibc
import MixHost
import MixNet
import Relay

/// The plain relay: frames of 2048 bytes without cryptography. They come out behind a circuit's number.
struct PlainRelay {
  private static let size = 2_048
  private static let distinct = 1_024
  private static let circuitSize = 8
  private let sizes: RelaySizes

  init(_ bench: Bench) {
    let count = bench.size(1_000_000, quick: 2_000)
    sizes = RelaySizes(warm: count / 10, count: count, single: bench.size(2_000, quick: 20))
  }

  func run(_ bench: Bench, workers: Int) throws(BenchError) {
    let sink = try WirePort()
    let node = try NodeThreads(
      Self.config(workers, next: sink.port), files: NoFiles(), directory: NetworkDirectory(), plugins: [.relay])
    defer { node.stop() }
    var frames: [UInt8] = []
    for number in 0..<Self.distinct {
      frames += [0, 0, UInt8(Self.size >> 8), UInt8(Self.size & 0xff)]
      frames += Stamp.bytes(UInt64(number), size: Self.size)
    }
    var inputs: [Wire] = []
    for _ in 0..<RelaySizes.links { inputs.append(try Wire(to: node.port())) }
    let load = Load(frames: frames, frameSize: Self.size + 4, inputs: inputs) { () throws(BenchError) in
      FrameReader(try sink.accept())
    }
    var run = RelayRun("plain", workers: workers, node, load)
    var times = [Int](repeating: 0, count: Self.distinct)
    try run.run(sizes) { frame in
      if let number = Self.number(of: frame, frames.span) { times[number] += 1 }
    }
    for number in times.indices {
      // Each as often as it was sent.
      let due = (sizes.all - number + Self.distinct - 1) / Self.distinct
      run.measure.received += min(due, times[number])
      run.measure.wrong += abs(due - times[number])
    }
    bench.show(run.measure)
  }

  /// The number of the frame that this is; nil when any byte is another.
  private static func number(of frame: Span<UInt8>, _ frames: Span<UInt8>) -> Int? {
    guard frame.count == circuitSize + size else { return nil }
    return unsafe frame.extracting(circuitSize...).withUnsafeBytes { came in
      let number = unsafe came.loadUnaligned(as: UInt64.self)
      guard number < UInt64(distinct) else { return nil }
      let start = Int(number) * (size + 4) + 4
      return unsafe frames.extracting(start..<start + size).withUnsafeBytes { due in
        guard let came = came.baseAddress, let due = due.baseAddress else { return nil }
        return unsafe memcmp(came, due, size) == 0 ? Int(number) : nil
      }
    }
  }

  private static func config(_ workers: Int, next: UInt16) -> String {
    """
    [node]
    name = "entry"
    [pipeline]
    workers = \(workers)
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
