import CSodium
import MixNet

/// The numbers that follow from a VRF output: word `i` is the first eight bytes, as a big-endian number, of the BLAKE2b-128 of
/// `i` as u64, keyed with the BLAKE2b-256 of a domain of its own under the output.
struct PeerDraws: ~Copyable {
  private let key: Bytes32
  private var number: UInt64 = 0

  init(_ output: VRFOutput) {
    let domain: StaticString = "hearsay vrf_peers draw key"
    key = unsafe Bytes32.written { out in
      domain.withUTF8Buffer { domain in
        unsafe withUnsafePointer(to: output.hash) {
          unsafe sodium_blake2b(out, 32, domain.baseAddress, domain.count, $0, 64)
        }
      }
    }
  }

  /// The next word.
  mutating func next() -> UInt64 {
    let input = number.bigEndian
    number += 1
    let hash = unsafe Bytes32.written { out in
      unsafe withUnsafePointer(to: input) { input in
        unsafe key.withPointer { unsafe sodium_blake2b(out, 16, input, 8, $0, 32) }
      }
    }
    return hash.prefix
  }

  /// A number below `bound`, which is not zero, each equally likely. Source: Lemire, "Fast random integer generation in an
  /// interval" (2019).
  mutating func below(_ bound: UInt64) -> UInt64 {
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let least = (0 &- bound) % bound
      while product.low < least { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}
