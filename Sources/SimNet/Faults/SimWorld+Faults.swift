import MixNet

/// The faults that strike hosts and the network as a whole: one look a second.
extension SimWorld {
  private static let period = Nanos.s(1)
  private static let families: [FaultFamily] = [.partition, .clog, .crash, .power, .wipe, .pause, .jump]

  /// Begins to look once there is a plan to follow.
  func beginFaults() {
    guard !isFaulty, Self.families.contains(where: { faults[$0] > .never }) else { return }
    isFaulty = true
    heap.push(at: (now + Self.period).ns, .faults, who: 0, token: 0)
  }

  /// Nothing strikes any more, and the network is whole: what is under way goes on, and hosts that are down come back.
  public func stopFaults() {
    faults = .quiet
    healToken &+= 1
    heal()
    for host in hosts where !host.isUp && host.hasProgram { host.comeBack(after: Nanos(1)) }
  }

  func strikeFaults() {
    isFaulty = false
    let dice = Dice(word: random.next())
    if hosts.count > 1 {
      if dice.hits(.partition, faults) { strikePartition(dice) }
      if dice.hits(.clog, faults) { strikeClog(dice) }
    }
    for host in hosts {
      let dice = host.roll()
      guard !host.isProtected else { continue }
      strike(host, dice)
    }
    beginFaults()
  }

  private func strike(_ host: SimHost, _ dice: Dice) {
    if dice.hits(.jump, faults) {
      fire(.jump, host)
      let most = settings.extents.jumpMax.ns
      let size = Int64(clamping: dice.detail(.jump, below: most.clampedAdding(1)))
      host.clock.jump(by: dice.detail(.jump, 1, below: 2) == 0 ? size : -size)
    }
    guard host.isUp else { return }
    if dice.hits(.pause, faults) {
      fire(.pause, host)
      host.pause(for: settings.extents.pause.length(dice.detail(.pause)))
    }
    guard hosts.count(where: { !$0.isUp && $0.hasProgram }) < settings.extents.downMax else { return }
    guard let family = [FaultFamily.wipe, .power, .crash].first(where: { dice.hits($0, faults) }) else { return }
    fire(family, host)
    switch family {
    case .wipe: host.wipe()
    case .power: host.crash(.power)
    default: host.crash(dice.detail(.crash, 1, below: 2) == 0 ? .killed : .reset)
    }
    host.comeBack(after: settings.extents.down.length(dice.detail(family)))
  }

  /// Two groups, one host alone, or one way only.
  private func strikePartition(_ dice: Dice) {
    let kind = dice.detail(.partition, 1, below: 3)
    let chosen = dice.detail(.partition, 2, below: UInt64(hosts.count))
    var these: [SimHost] = []
    var those: [SimHost] = []
    for (place, host) in hosts.enumerated() {
      let isOne = kind == 1 ? UInt64(place) == chosen : dice.detail(.partition, UInt64(place) + 4, below: 2) == 0
      if isOne { these.append(host) } else { those.append(host) }
    }
    guard let first = these.first, !those.isEmpty else { return }
    fire(.partition, first)
    part(these, those, oneWay: kind == 2)
    healToken &+= 1
    let span = settings.extents.partition.length(dice.detail(.partition))
    heap.push(at: (now + span).ns, .heal, who: 0, token: healToken)
  }

  private func strikeClog(_ dice: Dice) {
    let span = settings.extents.clog.length(dice.detail(.clog))
    let some = hosts.enumerated().filter { dice.detail(.clog, UInt64($0.offset) + 4, below: 3) == 0 }.map(\.element)
    guard let first = some.first else { return }
    fire(.clog, first)
    swizzle(some, for: span)
  }

  /// The last partition heals, and with it those before.
  func healing(_ token: UInt32) { if token == healToken { heal() } }
}
