/// The lines of a trace that are not hashed yet: memory of a fixed size, so that a piece of a line costs its copying alone.
@safe final class TraceBuffer {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  /// Bytes in it.
  private(set) var count = 0

  /// Room for so many bytes; what finds none is left out.
  init(capacity: Int) {
    unsafe base = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit { unsafe base.deallocate() }

  /// Bytes that still find room.
  var room: Int { capacity - count }

  /// Lends all that is in it.
  func withBytes(_ body: (borrowing Span<UInt8>) -> Void) {
    let bytes = unsafe UnsafeBufferPointer(start: base, count: count)
    unsafe body(bytes.span)
  }

  /// The bytes from a place on, as text.
  func text(from start: Int, to end: Int) -> String {
    unsafe String(decoding: UnsafeBufferPointer(start: base + start, count: end - start), as: UTF8.self)
  }

  func removeAll() { count = 0 }

  @inline(__always)
  func append(_ byte: UInt8) {
    guard count < capacity else { return }
    unsafe base[count] = byte
    count += 1
  }

  @inline(__always)
  func append(_ text: StaticString) {
    let size = min(text.utf8CodeUnitCount, room)
    unsafe (base + count).update(from: text.utf8Start, count: size)
    count += size
  }

  func append(_ source: [UInt8]) {
    unsafe source.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      let size = min(source.count, room)
      unsafe (base + count).update(from: start, count: size)
      count += size
    }
  }

  /// Decimal digits.
  func append(number: UInt64) {
    guard room >= 20 else { return }
    let end = count + 20
    var (rest, at) = (number, end)
    repeat {
      at -= 1
      unsafe base[at] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    // The last digit was written first, where the longest number ends.
    unsafe (base + count).update(from: base + at, count: end - at)
    count += end - at
  }

  /// Sixteen hex digits.
  func append(hex value: UInt64) {
    guard room >= 16 else { return }
    for place in 0..<16 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place)) & 15
      unsafe base[count + place] = digit < 10 ? 48 + digit : 87 + digit
    }
    count += 16
  }
}
