import CSys
public import MixNet

/// The system's generator (getrandom, the source of /dev/urandom).
public final class SystemEntropy: Entropy {
  /// The system's generator.
  public init() {}

  /// Fills `bytes` with unpredictable bytes. It waits only while a machine that has just started gathers its first
  /// randomness. A system without getrandom (Linux before 3.17) ends the process: no key may be made without it.
  public func fill(_ bytes: inout MutableSpan<UInt8>) {
    let refused = bytes.withUnsafeMutableBufferPointer { sys_random($0.baseAddress, $0.count) }
    precondition(refused == 0, "the system has no random numbers")
  }
}
