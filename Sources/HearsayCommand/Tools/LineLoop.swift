import Glibc

/// A tool that other programs talk to: a line in, a line out, until standard input ends.
///
/// Each answer is written before the next line is read, so that a program may wait for it.
enum LineLoop {
  /// Bytes of the longest line.
  static let lineMax = 1 << 20

  /// Serves standard input to its end.
  static func run(_ answer: (_ line: [UInt8]) -> String) throws(CommandError) {
    var splitter = LineSplitter(limit: lineMax)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    func serve(_ line: Result<[UInt8], LineError>) throws(CommandError) {
      let words =
        switch line {
        case .success(let line): answer(line)
        case .failure(let error): error.answer
        }
      guard Terminal.deliver(words) else { throw CommandError("standard output cannot be written to") }
    }
    while true {
      let count = try read(&chunk)
      if count == 0 { break }
      try splitter.take(chunk[..<count], serve)
    }
    try splitter.finish(serve)
  }

  /// Waits for the next bytes; 0 at the end.
  static func read(_ chunk: inout [UInt8]) throws(CommandError) -> Int {
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(0, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilReady(0, for: POLLIN)
      default: throw CommandError("standard input cannot be read: \(unsafe String(cString: strerror(errno)))")
      }
    }
  }
}
