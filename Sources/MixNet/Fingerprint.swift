import CSodium

/// BLAKE2b-256: how names become 32-byte addresses and tags.
public enum Fingerprint {
  /// The hash of some bytes.
  public static func of(_ bytes: [UInt8]) -> Bytes32 {
    var digest = InlineArray<4, UInt64>(repeating: 0)
    unsafe withUnsafeMutablePointer(to: &digest) { unsafe sodium_blake2b($0, 32, bytes, bytes.count, nil, 0) }
    return Bytes32(words: digest)
  }

  /// The hash of a text's UTF-8.
  public static func of(_ text: String) -> Bytes32 { of(Array(text.utf8)) }

  /// The address of the service with this name, the same on every node: a sender needs to know only the name.
  public static func service(_ name: String) -> Bytes32 { of("hearsay service " + name) }
}
