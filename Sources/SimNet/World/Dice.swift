/// How often something happens, in millionths: 0 is never, 1,000,000 always.
public struct Chance: Sendable, Hashable, Comparable {
  /// Of a million.
  public let millionths: UInt32

  /// So many of a million; more than a million is always.
  public init(millionths: UInt32) { self.millionths = min(millionths, 1_000_000) }

  /// Never.
  public static let never = Chance(millionths: 0)
  /// Always.
  public static let always = Chance(millionths: 1_000_000)
  /// So many of a hundred.
  public static func percent(_ n: UInt32) -> Chance { Chance(millionths: min(n, 100) * 10_000) }

  /// Orders by how often.
  public static func < (a: Self, b: Self) -> Bool { a.millionths < b.millionths }
}

/// All decisions about one packet, job or call, from one draw of a stream.
///
/// Every decision has a salt of its own and so takes nothing from another's. Whether a fault is on or off therefore
/// changes no other draw of the stream: a run without it goes as before, as far as that fault did not matter.
struct Dice {
  let word: UInt64

  /// 64 bits of the decision `salt`: the finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
  func bits(_ salt: UInt64) -> UInt64 {
    var z = word &+ (salt &+ 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number below `bound`, or zero for zero. For the bounds of a simulation it is even enough.
  func value(below bound: UInt64, salt: UInt64) -> UInt64 { bits(salt).multipliedFullWidth(by: bound).high }

  func hits(_ chance: Chance, salt: UInt64) -> Bool {
    chance.millionths > 0 && value(below: 1_000_000, salt: salt) < chance.millionths
  }

  /// Whether a fault strikes.
  func hits(_ family: FaultFamily, _ plan: borrowing FaultPlan) -> Bool {
    hits(plan[family], salt: UInt64(family.rawValue))
  }

  /// 64 bits for the `index`th question that a fault raises once it has struck.
  func detail(_ family: FaultFamily, _ index: UInt64 = 0) -> UInt64 {
    bits(256 * (index + 1) + UInt64(family.rawValue))
  }

  /// A number below `bound` for a question that a fault raises.
  func detail(_ family: FaultFamily, _ index: UInt64 = 0, below bound: UInt64) -> UInt64 {
    detail(family, index).multipliedFullWidth(by: bound).high
  }
}
