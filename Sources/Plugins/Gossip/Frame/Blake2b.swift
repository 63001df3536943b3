import CSodium
package import MixNet

/// BLAKE2b with a key that names what is hashed, so that a hash of one kind is never one of another (RFC 7693).
package enum Blake2b {
  /// What a hash is for: bytes that every node knows, 16 to 64 of them.
  package struct Purpose: Sendable {
    /// No array: threads that hash would count references to the same one.
    fileprivate let key: InlineArray<64, UInt8>
    fileprivate let size: Int
    /// "hearsay gossip" and this word.
    package init(_ word: StaticString) {
      // Only then libsodium uses what the processor has; all keys come from purposes.
      _ = sodiumStarted
      let bytes = Array("hearsay gossip \(word)".utf8.prefix(64))
      key = InlineArray { $0 < bytes.count ? bytes[$0] : 0 }
      size = bytes.count
    }
  }

  /// 32 bytes for a purpose.
  package static func hash(_ bytes: Span<UInt8>, _ purpose: Purpose) -> Bytes32 {
    unsafe purpose.key.span.withUnsafeBytes {
      unsafe hash(bytes, key: UnsafeRawBufferPointer(rebasing: $0[..<purpose.size]))
    }
  }

  /// 32 bytes under a key of 32.
  package static func hash(_ bytes: Span<UInt8>, key: Bytes32) -> Bytes32 {
    unsafe withUnsafeBytes(of: key.words) { key in
      unsafe hash(bytes, key: key)
    }
  }

  private static func hash(_ bytes: Span<UInt8>, key: UnsafeRawBufferPointer) -> Bytes32 {
    var words = InlineArray<4, UInt64>(repeating: 0)
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe withUnsafeMutableBytes(of: &words) { out in
        unsafe sodium_blake2b(out.baseAddress, 32, bytes.baseAddress, bytes.count, key.baseAddress, key.count)
      }
    }
    return Bytes32(words: words)
  }
}

private let sodiumStarted = sodium_init() >= 0
