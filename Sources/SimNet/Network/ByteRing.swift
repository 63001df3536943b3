import MixNet

/// The bytes of one way of a stream that somebody still needs, by their place in the stream. It grows to what is asked
/// of it; what it is asked to hold is bounded by the stream's buffers.
struct ByteRing {
  private var bytes: [UInt8] = []

  /// Makes room for the places `range`, of which those below `kept.upperBound` are in use.
  mutating func reserve(_ range: Range<UInt64>, kept: Range<UInt64>) {
    let needed = Int(range.upperBound - range.lowerBound)
    guard needed > bytes.count else { return }
    var size = max(4_096, bytes.count)
    while size < needed { size *= 2 }
    var larger = ByteRing()
    larger.bytes = [UInt8](repeating: 0, count: size)
    if !kept.isEmpty, !bytes.isEmpty {
      let first = Int(kept.lowerBound & UInt64(bytes.count - 1))
      let ahead = min(kept.count, bytes.count - first)
      unsafe bytes.withUnsafeBytes { room in
        unsafe larger.write(UnsafeRawBufferPointer(rebasing: room[first..<first + ahead]), at: kept.lowerBound)
        unsafe larger.write(
          UnsafeRawBufferPointer(rebasing: room[..<(kept.count - ahead)]), at: kept.lowerBound + UInt64(ahead))
      }
    }
    bytes = larger.bytes
  }

  /// Gives memory back that a busy stream has left behind.
  mutating func shrink() {
    if bytes.count > 64 << 10 { bytes = [] }
  }

  subscript(place: UInt64) -> UInt8 {
    get { bytes[Int(place & UInt64(bytes.count - 1))] }
    set { bytes[Int(place & UInt64(bytes.count - 1))] = newValue }
  }

  /// Copies memory to the places from `start` on. There is room for it.
  mutating func write(_ source: UnsafeRawBufferPointer, at start: UInt64) {
    guard !bytes.isEmpty else { return }
    let first = Int(start & UInt64(bytes.count - 1))
    let ahead = min(source.count, bytes.count - first)
    unsafe bytes.withUnsafeMutableBytes { room in
      unsafe UnsafeMutableRawBufferPointer(rebasing: room[first..<first + ahead])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<ahead]))
      unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<(source.count - ahead)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[ahead...]))
    }
  }

  /// Copies the places from `start` on into memory.
  func read(at start: UInt64, into target: UnsafeMutableRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    let first = Int(start & UInt64(bytes.count - 1))
    let ahead = min(target.count, bytes.count - first)
    unsafe bytes.withUnsafeBytes { room in
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<ahead])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: room[first..<first + ahead]))
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[ahead...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: room[..<(target.count - ahead)]))
    }
  }

  /// The digest of some places.
  func digest(_ range: Range<UInt64>) -> UInt64 {
    var digest = PayloadDigest()
    guard !bytes.isEmpty, !range.isEmpty else { return digest.value }
    let first = Int(range.lowerBound & UInt64(bytes.count - 1))
    let count = Int(range.upperBound - range.lowerBound)
    let ahead = min(count, bytes.count - first)
    digest.add(bytes.span.extracting(first..<first + ahead))
    if ahead < count { digest.add(bytes.span.extracting(0..<count - ahead)) }
    return digest.value
  }
}
