public import MixNet
import Synchronization

/// The randomness of a host: a seeded stream, another one for each of its boots.
public final class SimEntropy: Entropy {
  private let stream: Mutex<RandomStream>

  init(seed: Seed) { stream = Mutex(RandomStream(seed: seed)) }

  /// Fills `bytes`.
  public func fill(_ bytes: inout MutableSpan<UInt8>) {
    for at in stride(from: 0, to: bytes.count, by: 8) {
      var word = stream.withLock { $0.next() }
      for place in at..<min(at + 8, bytes.count) {
        bytes[place] = UInt8(truncatingIfNeeded: word)
        word >>= 8
      }
    }
  }
}
