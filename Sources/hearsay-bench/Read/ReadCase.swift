import Glibc
import MixNet

/// Frames on their way into slots. Each round some are written, which takes no time, and read, which does.
@safe final class ReadCase {
  static let atOnce = 64
  private static let header = Framing.peer.headerSize
  private static let size = 2_413
  private static let frame = header + size
  private static let slotSize = 2_560

  private let writer: Wire
  private let reader: Wire
  private let slots: Int
  private let memory: UnsafeMutableRawBufferPointer
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
  private let headers = UnsafeMutableRawBufferPointer.allocate(byteCount: atOnce * header, alignment: 64)
  private let slices = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 2 * atOnce)
  private var frames: [UInt8] = []
  /// The slot of the next round's first frame.
  private var slot = 0

  init(slots: Int) throws(BenchError) {
    let port = try WirePort()
    writer = try Wire(to: port.port)
    reader = try port.accept()
    self.slots = slots
    unsafe memory = .allocate(byteCount: slots * Self.slotSize, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
    for number in 0..<Self.atOnce {
      var head = [UInt8](repeating: 0, count: Self.header)
      var span = head.mutableSpan
      Framing.peer.writeHeader(kind: .data, size: Self.size, to: &span)
      frames += head + Stamp.bytes(UInt64(number), size: 2_416).prefix(Self.size)
    }
  }

  deinit {
    unsafe memory.deallocate()
    unsafe scratch.deallocate()
    unsafe headers.deallocate()
    unsafe slices.deallocate()
  }

  /// One round; says how many frames lie in their slots as they were sent.
  func round(_ isStraight: Bool, _ meter: inout Meter) throws(BenchError) -> Int {
    // So that nothing is right because it was right before.
    for i in 0..<Self.atOnce { unsafe memory.storeBytes(of: UInt64.max, toByteOffset: place(i), as: UInt64.self) }
    let frames = frames
    try writer.write(frames.span)
    try meter.measure { () throws(BenchError) in if isStraight { try readStraight() } else { try readAndCopy() } }
    var right = 0
    for i in 0..<Self.atOnce where holds(i) { right += 1 }
    slot = (slot + Self.atOnce) % slots
    return right
  }

  private func place(_ i: Int) -> Int { (slot + i) * Self.slotSize }

  private func slice(_ i: Int, from: Int) -> iovec {
    unsafe iovec(iov_base: memory.baseAddress.map { unsafe $0 + place(i) + from }, iov_len: Self.size - from)
  }

  private func holds(_ i: Int) -> Bool {
    unsafe frames.withUnsafeBytes { bytes in
      guard let due = bytes.baseAddress, let came = unsafe memory.baseAddress else { return false }
      return unsafe memcmp(due + i * Self.frame + Self.header, came + place(i), Self.size) == 0
    }
  }

  // MARK: By way of a scratch

  /// As the node does it: what the frame under way still lacks goes straight into its slot, the rest into the scratch.
  private func readAndCopy() throws(BenchError) {
    var (done, filled) = (0, 0)
    while done < Self.atOnce {
      let direct = filled < Self.header ? 0 : Self.frame - filled
      var parts = 0
      if direct > 0 {
        unsafe slices[0] = slice(done, from: filled - Self.header)
        parts = 1
      }
      unsafe slices[parts] = iovec(iov_base: scratch.baseAddress, iov_len: scratch.count)
      let count = unsafe try reader.read(UnsafeBufferPointer(rebasing: slices[0...parts]))
      filled += min(count, direct)
      if filled == Self.frame { (done, filled) = (done + 1, 0) }
      var rest = unsafe UnsafeRawBufferPointer(rebasing: scratch[0..<max(0, count - direct)])
      while unsafe !rest.isEmpty {
        let moved = unsafe move(rest, to: done, filled)
        filled += moved
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[moved...])
        if filled == Self.header { try check(done) }
        if filled == Self.frame { (done, filled) = (done + 1, 0) }
      }
    }
  }

  /// Copies bytes of one frame's header or body to where they belong; says how many.
  private func move(_ bytes: UnsafeRawBufferPointer, to i: Int, _ filled: Int) -> Int {
    let isHeader = filled < Self.header
    let count = min(bytes.count, (isHeader ? Self.header : Self.frame) - filled)
    let start = isHeader ? i * Self.header + filled : place(i) + filled - Self.header
    let target = unsafe isHeader ? headers : memory
    guard let from = bytes.baseAddress, let base = target.baseAddress else { return count }
    unsafe (base + start).copyMemory(from: from, byteCount: count)
    return count
  }

  private func check(_ i: Int) throws(BenchError) {
    let length = unsafe headers.loadUnaligned(fromByteOffset: i * Self.header, as: UInt32.self)
    if UInt32(bigEndian: length) != UInt32(Self.size + 1) { throw BenchError("a header came out wrong") }
  }

  // MARK: Straight

  /// Every header and every body that is to come has its place before it is read; all frames have one size.
  private func readStraight() throws(BenchError) {
    var (have, checked) = (0, 0)
    while checked < Self.atOnce {
      var parts = 0
      for i in have / Self.frame..<Self.atOnce {
        let skip = i == have / Self.frame ? have % Self.frame : 0
        if skip < Self.header {
          unsafe slices[parts] = iovec(
            iov_base: headers.baseAddress.map { unsafe $0 + i * Self.header + skip }, iov_len: Self.header - skip)
          parts += 1
        }
        unsafe slices[parts] = slice(i, from: max(0, skip - Self.header))
        parts += 1
      }
      have += unsafe try reader.read(UnsafeBufferPointer(rebasing: slices[0..<parts]))
      while checked < have / Self.frame {
        try check(checked)
        checked += 1
      }
    }
  }
}
