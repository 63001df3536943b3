import CSodium
import MixNet

/// BLAKE2b-256 over bytes that come piece by piece (RFC 7693).
@safe final class TraceHash {
  // The library wants its state at a multiple of 64 bytes, which no variable of Swift is sure to have.
  private let state: UnsafeMutableRawPointer
  private let copy: UnsafeMutableRawPointer
  private static let size = crypto_generichash_statebytes()

  init() {
    unsafe state = .allocate(byteCount: Self.size, alignment: 64)
    unsafe copy = .allocate(byteCount: Self.size, alignment: 64)
    _ = unsafe sodium_hash_begin(state)
  }

  deinit {
    unsafe state.deallocate()
    unsafe copy.deallocate()
  }

  func add(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { _ = unsafe sodium_hash_add(state, $0.baseAddress, $0.count) }
  }

  /// The hash of what came so far. More may follow: a copy of the state is ended.
  var digest: Bytes32 {
    unsafe copy.copyMemory(from: state, byteCount: Self.size)
    var out = InlineArray<4, UInt64>(repeating: 0)
    unsafe withUnsafeMutablePointer(to: &out) { _ = unsafe sodium_hash_end(copy, $0) }
    return Bytes32(words: out)
  }
}

/// A quick digest of bytes for a line of a trace: no secret, and nobody's forgery, hangs on it.
struct PayloadDigest {
  private(set) var value: UInt64 = 0x243f_6a88_85a3_08d3

  mutating func add(_ word: UInt64) {
    let (high, low) = (value ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    value = high ^ low ^ word.byteSwapped
  }

  /// Adds bytes, eight at a time, and their number.
  mutating func add(_ bytes: Span<UInt8>) {
    let words = bytes.count / 8
    unsafe bytes.withUnsafeBytes { memory in
      for place in 0..<words {
        add(UInt64(littleEndian: unsafe memory.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)))
      }
    }
    var rest = UInt64(bytes.count)
    for place in 8 * words..<bytes.count { rest = rest << 8 | UInt64(bytes[place]) }
    add(rest)
  }
}
