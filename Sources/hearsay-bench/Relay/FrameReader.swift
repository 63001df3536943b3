import MixNet

/// Whole frames from a connection: each begins with the length of the rest.
@safe final class FrameReader {
  private let wire: Wire
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512 << 10, alignment: 64)
  private var have = 0
  /// When the last byte that was read had come to the socket.
  private(set) var came = Instant(ns: 0)

  init(_ wire: Wire) {
    self.wire = wire
    wire.stampReads()
  }
  deinit { unsafe buffer.deallocate() }

  /// Waits for bytes, and shows the frames that are whole then, their lengths left out.
  func read(_ visit: (Span<UInt8>) -> Void) throws(BenchError) {
    guard let base = unsafe buffer.baseAddress else { return }
    let read = unsafe try wire.readStamped(into: UnsafeMutableRawBufferPointer(rebasing: buffer[have...]))
    have += read.count
    came = read.came
    var at = 0
    while have - at >= 4 {
      let length = Int(UInt32(bigEndian: unsafe base.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
      guard unsafe length <= buffer.count - 4 else { throw BenchError("a frame of \(length) bytes came") }
      guard have - at >= 4 + length else { break }
      let start = unsafe (base + at + 4).assumingMemoryBound(to: UInt8.self)
      unsafe visit(Span(_unsafeStart: start, count: length))
      at += 4 + length
    }
    if at > 0 { unsafe base.copyMemory(from: base + at, byteCount: have - at) }
    have -= at
  }

  /// Waits for the first frame.
  func first() throws(BenchError) -> [UInt8] {
    var frames: [[UInt8]] = []
    while frames.isEmpty { try read { frame in frames.append(frame.indices.map { frame[$0] }) } }
    return frames[0]
  }
}
