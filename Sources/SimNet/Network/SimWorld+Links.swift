public import MixNet

extension SimWorld {
  /// What lies between two hosts, or a host and itself; made at its first use.
  func link(_ a: UInt32, _ b: UInt32) -> SimLink {
    let key = UInt64(min(a, b)) << 32 | UInt64(max(a, b))
    if let found = links[key] { return found }
    let link = SimLink(a, b, seed: seed, conditions: conditions(a, b), spread: settings.linkSpread)
    links[key] = link
    linkList.append(link)
    return link
  }

  /// What a link is like that is given no other conditions.
  private func conditions(_ a: UInt32, _ b: UInt32) -> LinkConditions {
    if a == b { return .loopback }
    guard let variety = settings.variety else { return settings.link }
    let conditions = variety.conditions(between: a, and: b, seed, usual: settings.link)
    if trace.isOn {
      trace.begin(ns, hosts[Int(a)].nameBytes, "link")
      trace.fact("to", bytes: hosts[Int(b)].nameBytes)
      trace.fact("delay", conditions.delay.name)
      trace.fact("typical", conditions.delay.typical.ns)
      trace.fact("bandwidth", conditions.bandwidth)
      trace.end()
    }
    return conditions
  }

  /// What the link between two hosts is like.
  public func conditions(between a: SimHost, and b: SimHost) -> LinkConditions { link(a.number, b.number).conditions }

  /// Gives the link between two hosts conditions of its own, for what is sent from now on.
  public func setConditions(_ conditions: LinkConditions, between a: SimHost, and b: SimHost) {
    link(a.number, b.number).conditions = conditions
  }

  /// The host that an address leads to from another; nil when there is none.
  func host(at address: Address, from: UInt32) -> UInt32? {
    let (number, netgroup): (UInt64, UInt64)
    switch address {
    case .unix: return from
    case .name: return nil
    case .ipv4(let bytes, _):
      if bytes.word >> 24 == 127 || bytes.word == 0 { return from }
      guard bytes.word >> 24 == 10 else { return nil }
      (number, netgroup) = (UInt64(bytes.word & 0xffff), UInt64(bytes.word >> 16 & 0xff))
    case .ipv6(let bytes, _):
      if bytes.high == 0, bytes.low <= 1 { return from }
      guard bytes.high & ~0xff_0000 == SimHost.prefix6 else { return nil }
      (number, netgroup) = (bytes.low, bytes.high >> 16 & 0xff)
    }
    guard number >= 1, number <= UInt64(hosts.count) else { return nil }
    return UInt64(hosts[Int(number - 1)].netgroup) == netgroup ? UInt32(number - 1) : nil
  }

  /// Counts a fault that has struck, and writes it down.
  func fire(_ family: FaultFamily, _ host: SimHost) {
    struck.add(family)
    guard trace.isOn else { return }
    trace.begin(ns, host.nameBytes, "fault")
    trace.fact("family", family.name)
    trace.end()
  }

  // MARK: Cuts

  /// Lets nothing through from one host to another; nobody is told.
  public func cut(from: SimHost, to: SimHost) { setCut(true, from, to) }

  /// Lets through again what one host sends to another.
  public func mend(from: SimHost, to: SimHost) { setCut(false, from, to) }

  /// Parts two groups of hosts, or lets only the second one be heard by the first.
  public func part(_ these: [SimHost], _ those: [SimHost], oneWay: Bool = false) {
    for a in these {
      for b in those where a !== b {
        cut(from: a, to: b)
        if !oneWay { cut(from: b, to: a) }
      }
    }
  }

  /// Parts a host from all others.
  public func isolate(_ host: SimHost) { part([host], hosts) }

  /// Mends all that is cut, and opens all that is clogged.
  public func heal() {
    for link in linkList {
      for way in 0..<2 {
        link.ways[way].isCut = false
        link.ways[way].cloggedUntil = min(link.ways[way].cloggedUntil, ns)
      }
    }
    traceLinks("heal", nil, nil)
  }

  /// Holds back what one host sends to another, for a while; then it comes all at once.
  public func clog(from: SimHost, to: SimHost, for span: Nanos) {
    guard from !== to else { return }
    let link = link(from.number, to.number)
    let way = link.way(from: from.number)
    link.ways[way].cloggedUntil = max(link.ways[way].cloggedUntil, (now + span).ns)
    traceLinks("clog", from, to)
  }

  /// Swizzle-clogging (FoundationDB): the links of some hosts are clogged one after the other, and opened in another
  /// order, within `span`.
  public func swizzle(_ some: [SimHost], for span: Nanos) {
    for host in some {
      let begin = random.below(span.ns / 2 + 1)
      let end = span.ns / 2 + random.below(span.ns / 2 + 1)
      after(Nanos(begin)) { world in
        for other in world.hosts where other !== host {
          world.clog(from: host, to: other, for: Nanos(end - min(begin, end)))
          world.clog(from: other, to: host, for: Nanos(end - min(begin, end)))
        }
      }
    }
  }

  /// Whether what one host sends now comes to the other.
  public func isCut(from: SimHost, to: SimHost) -> Bool {
    let link = link(from.number, to.number)
    return link.ways[link.way(from: from.number)].isCut
  }

  private func setCut(_ isCut: Bool, _ from: SimHost, _ to: SimHost) {
    guard from !== to else { return }
    let link = link(from.number, to.number)
    link.ways[link.way(from: from.number)].isCut = isCut
    traceLinks(isCut ? "cut" : "mend", from, to)
  }

  private func traceLinks(_ kind: StaticString, _ from: SimHost?, _ to: SimHost?) {
    guard trace.isOn else { return }
    trace.begin(ns, from?.nameBytes ?? Self.worldName, kind)
    if let to { trace.fact("to", bytes: to.nameBytes) }
    trace.end()
  }

  static let worldName = Array("world".utf8)
}
