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

  /// Text; where there is no room for all of it, what of it finds room before the last byte.
  func append(_ text: String) {
    let most = max(0, room - 1)
    var text = text
    text.withUTF8 { source in
      guard let start = source.baseAddress else { return }
      let size = min(source.count, most)
      unsafe (base + count).update(from: start, count: size)
      count += size
    }
  }

  /// ` name=`
  func append(fact name: StaticString) {
    let size = name.utf8CodeUnitCount
    guard room >= size + 2 else { return }
    let at = unsafe base + count
    unsafe at[0] = UInt8(ascii: " ")
    unsafe (at + 1).update(from: name.utf8Start, count: size)
    unsafe at[size + 1] = UInt8(ascii: "=")
    count += size + 2
  }

  /// Decimal digits.
  func append(number: UInt64) {
    guard room >= 24 else { return }
    if number < 100 {
      if number >= 10 { append(UInt8(ascii: "0") + UInt8(number / 10)) }
      return append(UInt8(ascii: "0") + UInt8(number % 10))
    }
    let (high, low) = number.quotientAndRemainder(dividingBy: 100_000_000)
    if high == 0 { return append(digits: low, isFirst: true) }
    let (highest, middle) = high.quotientAndRemainder(dividingBy: 100_000_000)
    if highest > 0 { append(digits: highest, isFirst: true) }
    append(digits: middle, isFirst: highest == 0)
    append(digits: low, isFirst: false)
  }

  /// The eight digits of a number below a hundred million, all at once; the first ones of a number without its zeros.
  @inline(__always)
  private func append(digits value: UInt64, isFirst: Bool) {
    // Lanes of 32, 16 and 8 bits hold four digits, two and one, each divided by a multiplication.
    let fours = (value / 10_000) << 32 | value % 10_000
    let hundreds = ((fours &* 10_486) >> 20) & 0x0000_007f_0000_007f
    let twos = hundreds << 16 | (fours &- 100 &* hundreds)
    let tens = ((twos &* 103) >> 10) & 0x000f_000f_000f_000f
    let digits = tens << 8 | (twos &- 10 &* tens)
    let skipped = isFirst ? min(7, digits.leadingZeroBitCount / 8) : 0
    let text = (digits | 0x3030_3030_3030_3030) << UInt64(8 * skipped)
    unsafe UnsafeMutableRawPointer(base + count).storeBytes(of: text.bigEndian, as: UInt64.self)
    count += 8 - skipped
  }

  /// Sixteen hex digits.
  func append(hex value: UInt64) {
    guard room >= 16 else { return }
    append(hexDigits: value >> 32)
    append(hexDigits: value & 0xffff_ffff)
  }

  /// Eight hex digits of a number below 2^32, all at once.
  @inline(__always)
  private func append(hexDigits value: UInt64) {
    let twoBytes = (value & 0xffff_0000) << 16 | value & 0xffff
    let bytes = (twoBytes << 8 | twoBytes) & 0x00ff_00ff_00ff_00ff
    let digits = (bytes << 4 | bytes) & 0x0f0f_0f0f_0f0f_0f0f
    let isLetter = ((digits &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    let text = digits &+ 0x3030_3030_3030_3030 &+ isLetter &* 39
    unsafe UnsafeMutableRawPointer(base + count).storeBytes(of: text.bigEndian, as: UInt64.self)
    count += 8
  }
}
