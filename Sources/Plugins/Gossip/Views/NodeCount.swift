import MixNet

/// Logarithms of how many nodes there are, in whole numbers, so that they are the same on every machine.
enum NodeCount {
  /// ln(count) in units of 2^-32; zero for none and one.
  static func log(_ count: Int) -> UInt64 {
    guard count > 1 else { return 0 }
    return Logarithm.minusLog(ofUniform: UInt64.max / UInt64(count))
  }

  /// The least whole number that is no less than ln(count).
  static func logRoundedUp(_ count: Int) -> Int { Int((log(count) + 0xffff_ffff) >> 32) }

  /// log10(count) in thousandths.
  static func decimalLog(_ count: Int) -> UInt64 { log(count) * 1_000 / 9_889_527_671 }

  /// The least whole number that is no less than log10(count).
  static func decimalLogRoundedUp(_ count: Int) -> Int {
    var (digits, power) = (0, 1)
    while power < count, digits < 18 { (digits, power) = (digits + 1, power * 10) }
    return digits
  }
}
