/// Addresses that one party is likely to have many of: an IPv4 /24 or an IPv6 /48. Who holds one address of it may as well
/// hold all.
public struct Netgroup: Hashable, Sendable {
  private let prefix: UInt64
  private let isIPv6: Bool

  /// The group of an address; nil for this machine itself (loopback and Unix sockets), which is no stranger.
  public init?(_ address: Address) {
    guard let host = Host(address), !host.isLoopback else { return nil }
    isIPv6 = !host.isIPv4
    prefix = host.isIPv4 ? (host.low & 0xffff_ffff) >> 8 : host.high >> 16
  }
}

/// An address without its port; nil for Unix sockets.
public struct Host: Hashable, Sendable {
  let high: UInt64
  let low: UInt64

  /// The host of an address. IPv4 addresses are taken as the IPv6 addresses that stand for them (RFC 4291, 2.5.5.2).
  public init?(_ address: Address) {
    switch address {
    case .ipv4(let bytes, _): (high, low) = (0, 0xffff_0000_0000 | UInt64(bytes.word))
    case .ipv6(let bytes, _): (high, low) = (bytes.high, bytes.low)
    case .unix, .name: return nil
    }
  }

  var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

  /// True for 127.0.0.0/8 and ::1.
  public var isLoopback: Bool { high == 0 && (low == 1 || low >> 24 == 0xffff_7f) }
}
