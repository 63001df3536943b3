public import MixNet

extension SimHost {
  /// `fd00::/16`: what the hosts' IPv6 addresses begin with; the netgroup stands at the end of the /48.
  static let prefix6: UInt64 = 0xfd00_0000_0000_0000

  /// The host's IPv4 address with a port.
  public func address(port: UInt16) -> Address { .ipv4(InlineBytes4(word: word4), port: port) }

  /// The host's IPv6 address with a port.
  public func address6(port: UInt16) -> Address { .ipv6(bytes6, port: port) }

  private var word4: UInt32 { 10 << 24 | UInt32(netgroup) << 16 | (number + 1) & 0xffff }
  private var bytes6: InlineBytes16 {
    InlineBytes16(high: Self.prefix6 | UInt64(netgroup) << 16, low: UInt64(number) + 1)
  }

  /// The address that a socket really gets; nil for one that the host does not have, or when no port is free.
  func bindable(_ address: Address, isStream: Bool) -> Address? {
    guard isOwn(address) else { return nil }
    guard address.port == 0 else { return address }
    for _ in 0..<0x8000 {
      let candidate = address.withPort(nextPort())
      if isStream ? listeners[candidate] == nil : datagramSockets[candidate] == nil { return candidate }
    }
    return nil
  }

  private func isOwn(_ address: Address) -> Bool {
    switch address {
    case .unix: true
    case .name: false
    case .ipv4(let bytes, _): bytes.word == 0 || bytes.word >> 24 == 127 || bytes.word == word4
    case .ipv6(let bytes, _): bytes.high == 0 && bytes.low <= 1 || bytes == bytes6
    }
  }

  /// Who listens at an address of this host.
  func listener(at address: Address) -> (SimNetwork, UInt64)? { listeners[address] ?? listeners[address.wildcard] }

  /// Who takes the datagrams for an address of this host.
  func datagramSocket(at address: Address) -> (SimNetwork, UInt64)? {
    datagramSockets[address] ?? datagramSockets[address.wildcard]
  }

  /// The near end's address of a connection to `target`.
  func localAddress(to target: Address) -> Address { own(for: target, port: target.port == nil ? 0 : nextPort()) }

  /// What a datagram from `bound` to `target` says about its sender.
  func outward(_ bound: Address, to target: Address) -> Address {
    bound == bound.wildcard ? own(for: target, port: bound.port ?? 0) : bound
  }

  private func own(for target: Address, port: UInt16) -> Address {
    switch target {
    case .unix, .name: .unix("")
    case .ipv4(let bytes, _): bytes.word >> 24 == 127 ? .ipv4(bytes, port: port) : address(port: port)
    case .ipv6(let bytes, _): bytes.high == 0 && bytes.low == 1 ? .ipv6(bytes, port: port) : address6(port: port)
    }
  }
}

extension Address {
  func withPort(_ port: UInt16) -> Address { with(port: port) ?? self }

  /// All addresses of a host, with this one's port.
  var wildcard: Address {
    switch self {
    case .ipv4(_, let port): .ipv4(InlineBytes4(word: 0), port: port)
    case .ipv6(_, let port): .ipv6(InlineBytes16(high: 0, low: 0), port: port)
    case .unix, .name: self
    }
  }

  /// Whether a socket at this address can send to another one.
  func isOfFamily(of other: Address) -> Bool {
    switch (self, other) {
    case (.ipv4, .ipv4), (.ipv6, .ipv6): true
    default: false
    }
  }
}
