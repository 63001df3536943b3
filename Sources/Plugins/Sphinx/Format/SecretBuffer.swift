import CPacketCrypto
import MixNet

/// A fixed number of secret bytes in memory of their own: not copied by accident, and wiped at the end of its life.
///
/// The format's scratch lies in such buffers and not in arrays, because spans of two arrays of one struct exclude each
/// other. They are read by index or copied; the primitives in `PacketCrypto.swift` take them by range.
@safe
struct SecretBuffer: ~Copyable, @unchecked Sendable {
  // Shared between threads only as a `let`, when nothing writes.
  private let base: UnsafeMutablePointer<UInt8>
  let count: Int

  /// `count` zero bytes.
  init(count: Int) {
    unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: max(count, 1))
    unsafe base.initialize(repeating: 0, count: count)
    self.count = count
  }

  /// A copy of `bytes`.
  init(_ bytes: Span<UInt8>) {
    self.init(count: bytes.count)
    copy(0..<bytes.count, of: bytes, to: 0)
  }

  deinit {
    unsafe packet_crypto_wipe(base, count)
    unsafe base.deallocate()
  }

  subscript(_ i: Int) -> UInt8 {
    get { unsafe at(i..<i + 1).pointee }
    set { unsafe at(i..<i + 1).pointee = newValue }
  }

  /// The address of the bytes of `range`, which lie in the buffer; for primitives, for as long as one call takes.
  func at(_ range: Range<Int>) -> UnsafeMutablePointer<UInt8> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside the buffer")
    return unsafe base + range.lowerBound
  }

  /// Copies bytes in.
  mutating func copy(_ range: Range<Int>, of source: Span<UInt8>, to offset: Int) {
    precondition(range.lowerBound >= 0 && range.upperBound <= source.count, "outside the span")
    let target = unsafe at(offset..<offset + range.count)
    unsafe source.withUnsafeBufferPointer {
      guard let from = $0.baseAddress else { return }
      unsafe target.update(from: from + range.lowerBound, count: range.count)
    }
  }

  /// Copies bytes in from another buffer.
  mutating func copy(_ range: Range<Int>, of source: borrowing SecretBuffer, to offset: Int) {
    unsafe at(offset..<offset + range.count).update(from: source.at(range), count: range.count)
  }

  /// Copies bytes within the buffer; the two places may overlap.
  mutating func move(_ range: Range<Int>, to offset: Int) {
    unsafe at(offset..<offset + range.count).update(from: at(range), count: range.count)
  }

  /// Draws the bytes of `range`.
  mutating func fill(_ range: Range<Int>, from random: inout RandomStream) {
    let target = unsafe UnsafeMutableBufferPointer(start: at(range), count: range.count)
    var span = unsafe target.mutableSpan
    random.fill(&span)
  }

  /// Copies bytes out.
  func write(_ range: Range<Int>, into target: inout MutableSpan<UInt8>, at offset: Int) {
    precondition(offset >= 0 && target.count - offset >= range.count, "outside the span")
    let source = unsafe at(range)
    unsafe target.withUnsafeMutableBufferPointer {
      guard let to = $0.baseAddress else { return }
      unsafe (to + offset).update(from: source, count: range.count)
    }
  }

  /// Copies thirty-two bytes in.
  mutating func set(_ bytes: Bytes32, at offset: Int) {
    for i in 0..<4 { set(bytes.words[i], at: offset + 8 * i) }
  }

  /// Copies sixteen bytes in.
  mutating func set(_ bytes: Bytes16, at offset: Int) {
    for i in 0..<2 { set(bytes.words[i], at: offset + 8 * i) }
  }

  private mutating func set(_ word: UInt64, at offset: Int) {
    let target = unsafe UnsafeMutableRawPointer(at(offset..<offset + 8))
    unsafe target.storeBytes(of: word.littleEndian, as: UInt64.self)
  }

  /// XORs bytes of another buffer in.
  mutating func xor(_ range: Range<Int>, of source: borrowing SecretBuffer, to offset: Int) {
    let from = unsafe source.at(range)
    let to = unsafe at(offset..<offset + range.count)
    for i in 0..<range.count { unsafe to[i] ^= from[i] }
  }

  /// Sets the bytes of `range` to zero.
  mutating func wipe(_ range: Range<Int>) { unsafe packet_crypto_wipe(at(range), range.count) }

  /// Sets all bytes to zero.
  mutating func wipe() { wipe(0..<count) }

  /// Thirty-two bytes that are not secret, such as a tag.
  func bytes32(at offset: Int) -> Bytes32 {
    Bytes32(words: [word(at: offset), word(at: offset + 8), word(at: offset + 16), word(at: offset + 24)])
  }

  /// Sixteen bytes that are not secret, such as an identifier.
  func bytes16(at offset: Int) -> Bytes16 { Bytes16(words: [word(at: offset), word(at: offset + 8)]) }

  private func word(at offset: Int) -> UInt64 {
    let source = unsafe UnsafeRawPointer(at(offset..<offset + 8))
    return unsafe UInt64(littleEndian: source.loadUnaligned(as: UInt64.self))
  }
}
