public import MixNet

/// What every ``MixNet/Clock`` and every ``MixNet/Entropy`` promises.
public enum SourceContracts {
  /// The monotonic clock never goes back.
  public static func checkClock(_ clock: any MixNet.Clock) throws {
    var last = clock.now
    for _ in 0..<10_000 {
      let now = clock.now
      try demand(now >= last, "\(now) after \(last)")
      last = now
    }
    try demand(last < .never, "a time that can still be added to")
  }

  /// Every byte of every length is filled anew. (A byte stays zero 40 times by chance once in 2^320.)
  public static func checkEntropy(_ entropy: any Entropy) throws {
    for length in 0...70 {
      var ones = [UInt8](repeating: 0, count: length)
      for _ in 0..<40 {
        var bytes = [UInt8](repeating: 0, count: length)
        var span = bytes.mutableSpan
        entropy.fill(&span)
        for i in 0..<length { ones[i] |= bytes[i] }
      }
      try demand(!ones.contains(0), "every byte of \(length) is filled")
    }
    var a = RandomStream(seed: entropy.seed())
    var b = RandomStream(seed: entropy.seed())
    try demand(a.next() != b.next(), "two seeds differ")
  }
}
