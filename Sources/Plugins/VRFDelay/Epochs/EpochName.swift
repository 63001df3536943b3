import MixNet

/// One epoch of one chain: what its proof is made for.
package struct EpochName: Hashable, Sendable {
  /// The chain's name.
  package let chain: String
  /// How long epochs are, in seconds.
  package let seconds: UInt32
  /// The epochs since 1970-01-01 UTC.
  package let number: UInt64

  package init(chain: String, seconds: UInt32, number: UInt64) {
    self.chain = chain
    self.seconds = seconds
    self.number = number
  }

  /// The VRF's input: domain, then the chain's name behind its length, the epochs' length and the epoch, all integers
  /// big-endian. A node that changes the length of its epochs can therefore never meet an old one again.
  package var input: [UInt8] {
    let name = Array(chain.utf8)
    return Array("hearsay vrf_delay epoch".utf8) + Self.bigEndian(UInt64(name.count), 2) + name
      + Self.bigEndian(UInt64(seconds), 4) + Self.bigEndian(number, 8)
  }

  private static func bigEndian(_ value: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64(size - 1 - $0))) }
  }

  /// When it begins, in milliseconds since 1970-01-01 UTC; nil when that is no time.
  package var startMS: UInt64? {
    let (product, over) = number.multipliedReportingOverflow(by: UInt64(seconds) * 1_000)
    return over ? nil : product
  }
}

/// Which epoch it is. The clock may jump: no epoch comes twice, and none comes after a later one.
struct EpochClock {
  let chain: String
  let seconds: UInt32
  private(set) var current: UInt64

  /// A clock that is at the epoch of `wall`, or at `least` if that is later.
  init(chain: String, seconds: UInt32, wall: WallTime, least: UInt64 = 0) {
    self.chain = chain
    self.seconds = seconds
    current = 0
    current = max(number(at: wall), least)
  }

  /// Whether the wall clock shows a later epoch.
  func isOver(_ wall: WallTime) -> Bool { number(at: wall) > current }

  /// Goes on to the wall clock's epoch, if that is later.
  mutating func advance(_ wall: WallTime) { current = max(current, number(at: wall)) }

  /// The current epoch.
  var name: EpochName { EpochName(chain: chain, seconds: seconds, number: current) }

  /// How long the current epoch lasts from `wall` on; at least a second, as a clock that was set back
  /// stands still.
  func rest(_ wall: WallTime) -> Nanos {
    let length = Nanos.s(UInt64(seconds)).ns
    let (start, over) = current.multipliedReportingOverflow(by: length)
    guard !over else { return Nanos(.max) }
    return max(Nanos(start) + Nanos(length) - Nanos(UInt64(max(0, wall.ns))), .s(1))
  }

  private func number(at wall: WallTime) -> UInt64 { UInt64(max(0, wall.seconds)) / UInt64(seconds) }
}
