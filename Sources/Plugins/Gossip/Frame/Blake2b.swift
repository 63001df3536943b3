import CSodium
package import MixNet

/// BLAKE2b that says what is hashed, so that a hash of one kind is never one of another (RFC 7693; salt and personalization are in section 2.8 of the
/// BLAKE2 paper, and take no block more, as a key would).
package enum Blake2b {
  /// What a hash is for: the salt is "hearsay gossip", the personalization a word of at most 16 bytes.
  package struct Purpose: Sendable {
    // No arrays: threads that hash would count references to the same ones.
    fileprivate let salt: InlineArray<16, UInt8>
    fileprivate let person: InlineArray<16, UInt8>

    package init(_ word: StaticString) {
      // Only then libsodium uses what the processor has; all keys come from purposes.
      _ = sodiumStarted
      precondition(word.utf8CodeUnitCount <= 16, "a purpose has at most 16 bytes")
      (salt, person) = (Self.padded("hearsay gossip"), Self.padded(word))
    }

    private static func padded(_ word: StaticString) -> InlineArray<16, UInt8> {
      let bytes = Array("\(word)".utf8)
      return InlineArray { $0 < bytes.count ? bytes[$0] : 0 }
    }
  }

  /// 32 bytes for a purpose.
  package static func hash(_ bytes: Span<UInt8>, _ purpose: Purpose) -> Bytes32 {
    var words = InlineArray<4, UInt64>(repeating: 0)
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe withUnsafeMutableBytes(of: &words) { out in
        unsafe withUnsafeBytes(of: purpose) { purpose in
          unsafe sodium_blake2b_for(
            out.baseAddress, bytes.baseAddress, bytes.count, purpose.baseAddress,
            unsafe purpose.baseAddress.map { unsafe $0 + 16 })
        }
      }
    }
    return Bytes32(words: words)
  }

  /// 32 bytes under a key of 32.
  package static func hash(_ bytes: Span<UInt8>, key: Bytes32) -> Bytes32 {
    var words = InlineArray<4, UInt64>(repeating: 0)
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe withUnsafeMutableBytes(of: &words) { out in
        unsafe withUnsafeBytes(of: key.words) { key in
          unsafe sodium_blake2b(out.baseAddress, 32, bytes.baseAddress, bytes.count, key.baseAddress, key.count)
        }
      }
    }
    return Bytes32(words: words)
  }
}

private let sodiumStarted = sodium_init() >= 0
