import MixNet

/// Where a public key lies: on Curve25519 or on its twist, told by multiplications alone.
enum PointCheck {
  /// Whether a point is on the curve; nil for a point of low order. Three multiplications.
  ///
  /// On the curve the one scalar for two scalars does what the two do. On the twist, whose order is another, it does not:
  /// for these two that was computed for the order of every subgroup there that is not small.
  static func isOnCurve(_ point: Bytes32) -> Bool? {
    // Parts of the scratch: the point, the scalars 2^254 + 24 and 2^254 + 40, their product, and two ways to one place.
    let p = 0, a = 32, b = 64, both = 96, twice = 128, once = 160
    var scratch = SecretBuffer(count: 192)
    scratch.set(point, at: p)
    (scratch[a], scratch[a + 31]) = (24, 0x40)
    (scratch[b], scratch[b + 31]) = (40, 0x40)
    multiply(b, p, into: twice, of: &scratch)
    if isZero(twice..<twice + 32, of: scratch) { return nil }
    multiply(a, twice, into: twice, of: &scratch)
    guard multiplyScalars(a, b, into: both, of: &scratch) else { return false }
    multiply(both, p, into: once, of: &scratch)
    return scratch.bytes32(at: once) == scratch.bytes32(at: twice)
  }
}
