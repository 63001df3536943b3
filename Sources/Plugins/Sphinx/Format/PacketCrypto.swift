import CPacketCrypto

/// The thin face of the C primitives: keys come from a ``SecretBuffer``, packets as spans, and bounds are checked.
///
/// A value is one thread's workspace. No call allocates.
@safe
struct PacketCrypto: ~Copyable {
  private let workspace: OpaquePointer

  /// Takes all the memory that the workspace will ever need.
  init() {
    guard let workspace = unsafe packet_crypto_new() else {
      preconditionFailure("libcrypto has no AES-128-CTR or no ChaCha20")
    }
    unsafe self.workspace = workspace
  }

  deinit { unsafe packet_crypto_free(workspace) }

  /// The first step of a hop's key derivation: ``KeyLayout/first`` of the keys at `offset`.
  mutating func expandFirst(
    _ secret: Range<Int>, of secrets: borrowing SecretBuffer, into keys: inout SecretBuffer, at offset: Int = 0
  ) {
    precondition(secret.count == 32)
    let first = unsafe keys.at(KeyLayout.first + offset)
    unsafe packet_crypto_expand_first(workspace, first, secrets.at(secret))
  }

  /// The rest of the derivation that ``expandFirst(_:of:into:at:)`` began: ``KeyLayout/rest`` of the keys at `offset`.
  mutating func expandRest(into keys: inout SecretBuffer, at offset: Int = 0) {
    unsafe packet_crypto_expand_rest(workspace, keys.at(KeyLayout.rest + offset))
  }

  /// A payload key of 192 bytes, from its seed of 16.
  mutating func payloadKey(
    from seed: Range<Int>, of seeds: borrowing SecretBuffer, into key: inout SecretBuffer, at offset: Int = 0
  ) {
    precondition(seed.count == KeyLayout.payloadSeed)
    let target = unsafe key.at(offset..<offset + KeyLayout.payloadKey)
    unsafe packet_crypto_payload_key(workspace, target, seeds.at(seed))
  }

  /// XORs bytes of a buffer with the key stream of the key of 16 bytes in `key`.
  mutating func stream(
    _ key: Range<Int>, of keys: borrowing SecretBuffer, over range: Range<Int>, of bytes: inout SecretBuffer
  ) {
    precondition(key.count == 16)
    let target = unsafe bytes.at(range)
    let done = unsafe packet_crypto_stream(workspace, target, range.count, keys.at(key))
    precondition(done, "AES-128-CTR failed")
  }

  /// Encrypts the bytes from `offset` on, at least 33, with LIONESS under the 192 bytes of `key`.
  mutating func lionessEncrypt(
    _ bytes: inout MutableSpan<UInt8>, from offset: Int, _ key: Range<Int>, of keys: borrowing SecretBuffer
  ) {
    precondition(key.count == KeyLayout.payloadKey && offset >= 0 && bytes.count - offset > 32)
    let key = unsafe keys.at(key)
    unsafe bytes.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      let done = unsafe packet_crypto_lioness_encrypt(workspace, base + offset, $0.count - offset, key)
      precondition(done, "ChaCha20 failed")
    }
  }

  /// Undoes ``lionessEncrypt(_:from:_:of:)``.
  mutating func lionessDecrypt(
    _ bytes: inout MutableSpan<UInt8>, from offset: Int, _ key: Range<Int>, of keys: borrowing SecretBuffer
  ) {
    precondition(key.count == KeyLayout.payloadKey && offset >= 0 && bytes.count - offset > 32)
    let key = unsafe keys.at(key)
    unsafe bytes.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      let done = unsafe packet_crypto_lioness_decrypt(workspace, base + offset, $0.count - offset, key)
      precondition(done, "ChaCha20 failed")
    }
  }

  /// Wipes what the workspace knows of the last packet.
  mutating func forget() {
    let done = unsafe packet_crypto_forget(workspace)
    precondition(done, "AES-128-CTR or ChaCha20 failed")
  }
}

/// The header's mac: HMAC-SHA256 under a key of 16 bytes, cut to 16 bytes.
func headerMAC(_ key: Range<Int>, of keys: borrowing SecretBuffer, over bytes: Span<UInt8>) -> InlineArray<16, UInt8> {
  precondition(key.count == 16)
  let key = unsafe keys.at(key)
  var tag = InlineArray<16, UInt8>(repeating: 0)
  var target = tag.mutableSpan
  unsafe target.withUnsafeMutableBufferPointer { target in
    unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe packet_crypto_mac(target.baseAddress, key, bytes.baseAddress, bytes.count)
    }
  }
  return tag
}

/// The header's mac over bytes of a buffer, written into that buffer.
func headerMAC(
  _ key: Range<Int>, of keys: borrowing SecretBuffer, over range: Range<Int>, of bytes: inout SecretBuffer,
  to offset: Int
) {
  precondition(key.count == 16)
  unsafe packet_crypto_mac(bytes.at(offset..<offset + 16), keys.at(key), bytes.at(range), range.count)
}

/// Whether two macs of 16 bytes are the same, in constant time.
func sameMAC(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  precondition(a.count == 16 && b.count == 16)
  return unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in unsafe packet_crypto_same_tag(a.baseAddress, b.baseAddress) }
  }
}

/// Whether all bytes are zero, in constant time.
func isZero(_ bytes: Span<UInt8>) -> Bool {
  unsafe bytes.withUnsafeBufferPointer { unsafe packet_crypto_is_zero($0.baseAddress, $0.count) }
}

/// Whether all bytes of `range` are zero, in constant time.
func isZero(_ range: Range<Int>, of bytes: borrowing SecretBuffer) -> Bool {
  unsafe packet_crypto_is_zero(bytes.at(range), range.count)
}

/// Overwrites secrets in a way that no compiler removes.
func wipe(_ bytes: inout MutableSpan<UInt8>) {
  unsafe bytes.withUnsafeMutableBufferPointer { unsafe packet_crypto_wipe($0.baseAddress, $0.count) }
}

/// Copies the bytes of `range` to `offset` of `target`.
func copy(_ range: Range<Int>, of source: Span<UInt8>, into target: inout MutableSpan<UInt8>, at offset: Int) {
  precondition(range.lowerBound >= 0 && range.upperBound <= source.count, "outside the source")
  precondition(offset >= 0 && target.count - offset >= range.count, "outside the target")
  unsafe target.withUnsafeMutableBufferPointer { target in
    unsafe source.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress, let to = target.baseAddress else { return }
      unsafe (to + offset).update(from: from + range.lowerBound, count: range.count)
    }
  }
}

/// A range moved up by `offset`.
func + (range: Range<Int>, offset: Int) -> Range<Int> { range.lowerBound + offset..<range.upperBound + offset }
