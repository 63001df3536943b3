import CPacketCrypto
import MixNet

extension Benchmark {
  /// What the parts of an unwrap cost. That they give what they must is the format's tests' matter; here each must give the
  /// same every time, and another thing for another key.
  static let steps = Benchmark(
    name: "steps", summary: "the parts of an unwrap one by one, for a packet of 2413 bytes; see docs/performance.md"
  ) { (bench: Bench) throws(BenchError) in
    guard let crypto = unsafe packet_crypto_new() else { throw BenchError("libcrypto does not start") }
    defer { unsafe packet_crypto_free(crypto) }
    let key = Stamp.bytes(1, size: 192), other = Stamp.bytes(2, size: 192)
    for step in unsafe Step.all(crypto) {
      var measure = Measure(step.name, unit: "call")
      let due = step.result(key)
      guard due != step.result(other) else { throw BenchError("\(step.name) does not look at its key") }
      repeat {
        measure.cost.measure { for _ in 0..<100 { step.run(key) } }
        measure.sent += 100
        if step.result(key) == due { measure.received += 100 }
      } while measure.cost.wall < bench.time
      measure.wrong = measure.sent - measure.received
      bench.show(measure)
    }
  }
}

/// One primitive, over a memory of its own.
@safe
private struct Step {
  let name: String
  private let memory: UnsafeMutablePointer<UInt8>
  private let call: (UnsafeMutablePointer<UInt8>, UnsafePointer<UInt8>) -> Void

  /// Bytes of a payload, the largest thing that any of them works on.
  private static let size = 2_065

  private init(_ name: String, _ call: @escaping (UnsafeMutablePointer<UInt8>, UnsafePointer<UInt8>) -> Void) {
    self.name = name
    unsafe memory = .allocate(capacity: Self.size)
    unsafe memory.initialize(repeating: 0, count: Self.size)
    unsafe self.call = call
  }

  func run(_ key: [UInt8]) {
    unsafe key.withUnsafeBufferPointer { key in
      guard let key = key.baseAddress else { return }
      unsafe call(memory, key)
    }
  }

  /// What it makes of zeros.
  func result(_ key: [UInt8]) -> [UInt8] {
    unsafe memory.update(repeating: 0, count: Self.size)
    run(key)
    return unsafe Array(UnsafeBufferPointer(start: memory, count: Self.size))
  }

  static func all(_ crypto: OpaquePointer) -> [Step] {
    unsafe [
      Step("keys of a header: HKDF") { memory, key in
        unsafe packet_crypto_expand_first(crypto, memory, key)
        unsafe packet_crypto_expand_rest(crypto, memory + 32)
      },
      Step("mac of a header: HMAC") { memory, key in unsafe packet_crypto_mac(memory, key, memory + 32, 300) },
      Step("header: AES-128-CTR") { memory, key in _ = unsafe packet_crypto_stream(crypto, memory, 360, key) },
      Step("key of a payload: HKDF") { memory, key in unsafe packet_crypto_payload_key(crypto, memory, key) },
      Step("payload: LIONESS") { memory, key in
        _ = unsafe packet_crypto_lioness_decrypt(crypto, memory, size, key)
      },
    ]
  }
}
