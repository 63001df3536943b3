import MixNet
import Testing

@testable import Sphinx

/// Eight lanes give what libsodium gives, for all that there is to multiply. Where this build or this machine has no lanes,
/// the choice falls on libsodium, and these tests compare it with itself but for those that say otherwise.
@Suite struct LaneTests {
  static let lanes = X25519Choice.quickest
  static let hasLanes = lanes.name == "crypto_mb"

  /// The field's order p, and other words that a number can be near to; all points of low order; the curve and its twist.
  static let points: [[UInt8]] = {
    let p: [UInt8] = [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    var numbers: [[UInt8]] = [
      [UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31), [2] + [UInt8](repeating: 0, count: 31),
      [9] + [UInt8](repeating: 0, count: 31), [UInt8](repeating: 0xff, count: 31) + [0x7f],
      [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d,
        0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
      ],
      [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c,
        0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
      ],
    ]
    for first: UInt8 in [0xeb, 0xec, 0xed, 0xee, 0xef] { numbers.append([first] + p.dropFirst()) }
    // The same with the bit that X25519 does not look at.
    return numbers + numbers.map { $0.dropLast() + [$0[31] | 0x80] }
  }()

  static let scalars: [[UInt8]] = {
    var scalars = [[UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xff, count: 32)]
    for bit in [0, 2, 3, 128, 253, 254, 255] {
      var scalar = [UInt8](repeating: 0, count: 32)
      scalar[bit / 8] = 1 << (bit % 8)
      scalars.append(scalar)
    }
    return scalars
  }()

  static func multiply(_ scalars: [[UInt8]], _ points: [[UInt8]], with multiplier: any PointMultiplier) -> [[UInt8]] {
    var products = [UInt8](repeating: 0xaa, count: 32 * points.count)
    let (scalars, flat) = (scalars.flatMap { $0 }, points.flatMap { $0 })
    var span = products.mutableSpan
    multiplier.multiply(scalars.span, flat.span, into: &span)
    return points.indices.map { Array(products[32 * $0..<32 * $0 + 32]) }
  }

  static func random(_ count: Int, _ random: inout RandomStream) -> [[UInt8]] {
    (0..<count).map { _ in bytes(32, &random) }
  }

  /// Every odd point with every odd scalar, each in every lane in turn.
  @Test func edges() {
    var pairs = Self.scalars.flatMap { scalar in Self.points.map { (scalar, $0) } }
    for _ in 0..<8 {
      let (scalars, points) = (pairs.map(\.0), pairs.map(\.1))
      let due = Self.multiply(scalars, points, with: SodiumMultiplier())
      let isSame = Self.multiply(scalars, points, with: Self.lanes) == due
      #expect(isSame)
      #expect(due.count { $0.allSatisfy { $0 == 0 } } > pairs.count / 4, "the points of low order are among them")
      pairs.append(pairs.removeFirst())
    }
  }

  /// Any number of pairs: eights, what is left of them, a lone one, none.
  @Test(arguments: Array(0...20) + [127, 128, 129])
  func counts(_ count: Int) {
    var random = RandomStream(seed: Seed(UInt64(count)))
    let (scalars, points) = (Self.random(count, &random), Self.random(count, &random))
    let isSame =
      Self.multiply(scalars, points, with: Self.lanes) == Self.multiply(scalars, points, with: SodiumMultiplier())
    #expect(isSame)
    let flat = scalars.flatMap { $0 }
    var ours = [UInt8](repeating: 1, count: flat.count)
    var theirs = [UInt8](repeating: 2, count: flat.count)
    var span = ours.mutableSpan
    Self.lanes.multiplyBase(flat.span, into: &span)
    span = theirs.mutableSpan
    SodiumMultiplier().multiplyBase(flat.span, into: &span)
    #expect(ours == theirs)
  }

  /// Random pairs, half of whose points are on the twist. The benchmark `x25519` takes a million.
  @Test func anything() {
    var random = RandomStream(seed: Seed(1))
    for _ in 0..<40 {
      let (scalars, points) = (Self.random(256, &random), Self.random(256, &random))
      let ours = Self.multiply(scalars, points, with: Self.lanes)
      let isSame = ours == Self.multiply(scalars, points, with: SodiumMultiplier())
      #expect(isSame)
    }
  }

  /// The points just below 2^255, where crypto_mb alone gives wrong products; the widest number there, and those around it.
  @Test func nearTheTop() {
    var random = RandomStream(seed: Seed(2))
    var points: [[UInt8]] = []
    for distance in 1...2_048 {
      let low = 0x10000 - distance
      points.append([UInt8(low & 0xff), UInt8(low >> 8)] + [UInt8](repeating: 0xff, count: 29) + [0x7f])
    }
    for byte in 0..<32 {
      for value: UInt8 in [0, 0x7f, 0xfe] {
        var point = [UInt8](repeating: 0xff, count: 31) + [0x7f]
        point[byte] = value
        points.append(point)
      }
    }
    let scalars = Self.random(points.count, &random)
    let isSame =
      Self.multiply(scalars, points, with: Self.lanes) == Self.multiply(scalars, points, with: SodiumMultiplier())
    #expect(isSame)
  }

  /// RFC 7748, section 5.2: the two pairs, in lanes.
  @Test func theStandardsExamples() {
    let scalars = [
      MixNet.Hex.bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
      MixNet.Hex.bytes("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
    ].compactMap { $0 }
    let points = [
      MixNet.Hex.bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
      MixNet.Hex.bytes("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"),
    ].compactMap { $0 }
    let products = [
      MixNet.Hex.bytes("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
      MixNet.Hex.bytes("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"),
    ].compactMap { $0 }
    #expect(products.count == 2)
    #expect(Self.multiply(scalars, points, with: Self.lanes) == products)
    #expect(Self.multiply(scalars, points, with: SodiumMultiplier()) == products)
  }

  /// What is asked for is what is had, or a reason.
  @Test func choices() throws {
    #expect(try X25519Choice.libsodium.multiplier().name == "libsodium")
    #expect(try X25519Choice.auto.multiplier().name == Self.lanes.name)
    do throws(LanesMissing) {
      #expect(try X25519Choice.cryptoMB.multiplier().name == "crypto_mb")
      #expect(Self.hasLanes)
    } catch {
      #expect(!Self.hasLanes)
      #expect(error != .wrong)
    }
  }
}
