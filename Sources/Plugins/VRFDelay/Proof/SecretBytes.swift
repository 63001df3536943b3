import CSodium

/// A fixed number of secret bytes in memory of their own: not copied by accident, and wiped at the end of their life.
@safe
struct SecretBytes: ~Copyable, @unchecked Sendable {
  // Shared between threads only as a `let`, when nothing writes.
  private let base: UnsafeMutablePointer<UInt8>
  let count: Int

  /// `count` zero bytes.
  init(count: Int) {
    unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    unsafe base.initialize(repeating: 0, count: count)
    self.count = count
  }

  deinit {
    unsafe sodium_memzero(base, count)
    unsafe base.deallocate()
  }

  /// Copies bytes in.
  mutating func copy(_ bytes: Span<UInt8>, to offset: Int) {
    let target = unsafe at(offset, bytes.count)
    for i in 0..<bytes.count { unsafe target[i] = bytes[i] }
  }

  /// The address of `size` bytes from `offset` on, for as long as one call takes.
  func at(_ offset: Int, _ size: Int) -> UnsafeMutablePointer<UInt8> {
    precondition(offset >= 0 && size >= 0 && offset <= count - size, "outside the bytes")
    return unsafe base + offset
  }
}
