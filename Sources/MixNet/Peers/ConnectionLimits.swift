/// Decides whether a connection may come in, before a byte of it is read: how many there may be in all, from one host, from
/// one netgroup, in their handshakes, in a second, and while memory is short.
///
/// This machine itself (loopback, Unix sockets) is held to no limit by host or netgroup. Hosts that are expected, the other nodes
/// of the network, come in whatever strangers do: a place is kept for each, and neither the rate nor the limits of netgroups
/// and of handshakes hold them.
public struct ConnectionLimits {
  /// What it keeps to.
  public struct Settings: Equatable, Sendable {
    /// Connections in all.
    public var all = 1_024
    /// From one host.
    public var perHost = 8
    /// From one IPv4 /24 or IPv6 /48.
    public var perNetgroup = 32
    /// In their handshakes.
    public var handshakes = 64
    /// Connections a second; zero: no limit.
    public var rate: UInt64 = 0
    /// Connections that may come at once after a rest.
    public var burst: UInt64 = 64
    /// No connection comes in while so many percent of memory's budget are used.
    public var memoryPercentMax = 98
    /// The settings that nothing else is said about.
    public init() {}
  }

  /// Why a connection may not come in.
  public enum Refusal: UInt8, CaseIterable, Error, Sendable {
    /// There are too many in all.
    case all
    /// There are too many from this host.
    case host
    /// There are too many from this host's neighbours.
    case netgroup
    /// Too many are in their handshakes.
    case handshakes
    /// Too many came in the last second.
    case rate
    /// Memory is short.
    case memory

    /// The word that operators see.
    public var name: String {
      switch self {
      case .all: "links_max"
      case .host: "links_per_host_max"
      case .netgroup: "links_per_netgroup_max"
      case .handshakes: "handshakes_max"
      case .rate: "accept_rate"
      case .memory: "memory"
      }
    }
  }

  /// What it keeps to.
  public var settings: Settings {
    didSet {
      guard settings.rate != oldValue.rate || settings.burst != oldValue.burst else { return }
      bucket = bucket.changed(rate: settings.rate, burst: settings.burst)
    }
  }
  private var hosts: [Host: Int] = [:]
  private var netgroups: [Netgroup: Int] = [:]
  private var bucket: TokenBucket
  private var expected: Set<Host> = []
  /// How many of the expected are in.
  private var expectedIn = 0
  /// Connections that are in.
  public private(set) var count = 0
  /// Those of them that are in their handshakes.
  public private(set) var greeting = 0

  /// Nobody is in.
  public init(_ settings: Settings, now: Instant) {
    self.settings = settings
    bucket = TokenBucket(rate: settings.rate, burst: settings.burst, now: now)
  }

  /// Lets a connection in, in its handshake; or says why not, and nothing has changed but the rate. `memoryPercent` is how much
  /// of memory's budget is used now.
  ///
  /// With `mayEvict` it is let in although too many are in their handshakes.
  ///
  /// - Returns: true when one of those has to go for it, who counts no longer among them.
  @discardableResult
  public mutating func enter(
    _ address: Address, memoryPercent: Int = 0, mayEvict: Bool = false, _ now: Instant
  ) throws(Refusal) -> Bool {
    let (host, netgroup) = (Host(address), Netgroup(address))
    let isFull = greeting >= settings.handshakes
    let isExpected = isExpected(address)
    if count >= settings.all - (isExpected ? 0 : kept) { throw .all }
    if memoryPercent >= settings.memoryPercentMax { throw .memory }
    if (isFull && !mayEvict) || Probe.buggify("door.handshakes_full", oneIn: 20) { throw .handshakes }
    if let host, netgroup != nil, hosts[host, default: 0] >= settings.perHost { throw .host }
    if !isExpected {
      if let netgroup, netgroups[netgroup, default: 0] >= settings.perNetgroup { throw .netgroup }
      if !bucket.take(1, now) { throw .rate }
    }
    count += 1
    if !isFull { greeting += 1 }
    if let host {
      if isExpected, hosts[host] == nil { expectedIn += 1 }
      hosts[host, default: 0] += 1
    }
    if let netgroup { netgroups[netgroup, default: 0] += 1 }
    return isFull
  }

  /// Whether an address is of a host that is expected.
  public func isExpected(_ address: Address) -> Bool { Host(address).map(expected.contains) ?? false }

  /// These hosts are expected from now on, and no others. This machine is never among them: it may be anybody's.
  public mutating func expect(_ list: [Host]) {
    expected = Set(list.filter { !$0.isLoopback })
    expectedIn = Set(list.filter { expected.contains($0) && hosts[$0] != nil }).count
  }

  /// Places that strangers may not take: one for each who is expected and not there, and half of all at most.
  private var kept: Int { min(settings.all / 2, expected.count - expectedIn) }

  /// A handshake has ended well.
  public mutating func greeted() { greeting = max(0, greeting - 1) }

  /// A connection that was let in is gone.
  public mutating func leave(_ address: Address, whileGreeting: Bool) {
    count = max(0, count - 1)
    if whileGreeting { greeted() }
    if let host = Host(address) {
      Self.lower(&hosts, host)
      if hosts[host] == nil, expected.contains(host) { expectedIn = max(0, expectedIn - 1) }
    }
    if let netgroup = Netgroup(address) { Self.lower(&netgroups, netgroup) }
  }

  /// Entries that reach nothing are removed: strangers must not make the tables grow.
  private static func lower<Key: Hashable>(_ table: inout [Key: Int], _ key: Key) {
    guard let count = table[key] else { return }
    table[key] = count > 1 ? count - 1 : nil
  }
}
