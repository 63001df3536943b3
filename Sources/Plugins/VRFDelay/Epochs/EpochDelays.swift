import CSodium
import MixNet

/// The delays of one epoch: a key from its VRF output, and the law.
struct EpochDelays: ~Copyable {
  private let key: SecretBytes
  let law: DelayLaw

  /// The key is the keyed BLAKE2b of a domain of its own under the 64 bytes of the output.
  init(_ output: VRFOutput, _ law: DelayLaw) {
    let key = SecretBytes(count: 32)
    let domain: StaticString = "hearsay vrf_delay packet key"
    domain.withUTF8Buffer { domain in
      unsafe withUnsafePointer(to: output.hash) {
        unsafe sodium_blake2b(key.at(0, 32), 32, domain.baseAddress, domain.count, $0, 64)
      }
    }
    self.key = key
    self.law = law
  }

  /// The delay of the packet with this id: the law's quantile of the id's keyed BLAKE2b, 16 bytes of which the first eight
  /// are taken as a big-endian number.
  func delay(of id: Bytes32) -> Nanos {
    let hash = unsafe Bytes32.written { out in
      unsafe id.withPointer { unsafe sodium_blake2b(out, 16, $0, 32, key.at(0, 32), 32) }
    }
    return law.delay(ofUniform: hash.prefix)
  }
}
