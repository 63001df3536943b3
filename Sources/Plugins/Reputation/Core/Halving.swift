import MixNet

/// Half-lives in whole numbers, so that scores are the same on every machine: the C library's `exp` is not.
enum Halving {
  /// What is left of `amount` after `time`, where half of it goes in `half`: `amount * 2^(-time / half)`, cut down. It is off by less
  /// than one part in 65,536 of the amount, and one; more time never leaves more.
  static func rest(of amount: UInt64, after time: Nanos, half: Nanos) -> UInt64 {
    guard half.ns > 0 else { return 0 }
    let (whole, part) = time.ns.quotientAndRemainder(dividingBy: half.ns)
    guard whole < 64 else { return 0 }
    // The exponent's part behind the point, of 16 bits. Half-lives are hours, far from where this would not fit.
    let (high, low) = part.multipliedFullWidth(by: 1 << 16)
    let fraction = half.ns.dividingFullWidth((high, low)).quotient
    var factor: UInt64 = 1 << 32
    for place in 0..<16 where fraction >> UInt64(15 - place) & 1 == 1 { factor = (factor * roots[place]) >> 32 }
    let (over, product) = amount.multipliedFullWidth(by: factor)
    return (over << 32 | product >> 32) >> whole
  }

  /// `2^(-2^-k)` for k from 1 to 16 in units of 2^-32: the square root of a half, the root of that, and so on.
  private static let roots: InlineArray<16, UInt64> = [
    3_037_000_500, 3_611_622_603, 3_938_502_376, 4_112_874_773, 4_202_935_003, 4_248_701_965, 4_271_771_996,
    4_283_353_945, 4_289_156_690, 4_292_061_010, 4_293_513_907, 4_294_240_540, 4_294_603_903, 4_294_785_595,
    4_294_876_445, 4_294_921_870,
  ]
}
