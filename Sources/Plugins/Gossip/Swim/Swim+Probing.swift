package import MixNet

// Asking whether nodes are there.
extension Swim {
  private var probesMax: Int { 64 }

  /// What an answer takes nearly always, and three times that as the wait for it, within bounds.
  var patience: Nanos {
    guard roundTrip.count > 0 else { return settings.timeoutMax }
    return min(settings.timeoutMax, max(settings.timeoutMin, (roundTrip.smoothed + roundTrip.variation * 4) * 3))
  }

  // MARK: Asking

  mutating func probe(_ member: Member, isHinted: Bool, _ now: Instant, _ effects: inout [SwimEffect]) {
    guard probes.count < probesMax else { return }
    members.change(member.record.id) { $0.spared = 0 }
    let number = UInt32(truncatingIfNeeded: random.next())
    let factor = UInt64(doubt + 1)
    let wait = patience * factor
    // Helpers need half as much again: two round trips, and the word that there was no answer.
    let help = Nanos(wait.ns + wait.ns / 2)
    let end = isHinted ? now + help : now + max(settings.period * factor, wait + help)
    probes.append(
      Probe(
        number: number, target: member.record.id, began: now, helpAt: isHinted ? now : now + wait, end: end,
        isHinted: isHinted))
    ping(member.record, number, now, &effects)
    if isHinted { advance(number, now, &effects) }
  }

  /// Each fifth turn a node is asked all the same: whether it hears as well as it speaks, and how long answers take.
  private var sparedMax: Int { 4 }

  /// The node that is about to be probed, if all that its answer would say is that it is there: nothing is to be told, nobody is in doubt, and
  /// it was asked not long ago.
  package mutating func nodeToProbe(_ now: Instant) -> Bytes32? {
    guard isRunning, nextProbe <= now, doubt == 0, news.isEmpty,
      let member = members.toProbe(&random), member.status == .alive, member.spared < sparedMax,
      !hints.contains(where: { $0.id == member.record.id })
    else { return nil }
    return member.record.id
  }

  /// ``nodeToProbe(_:)`` has just been heard otherwise: so much for its turn.
  package mutating func isHeard(_ now: Instant) {
    guard nodeToProbe(now) != nil, let member = members.nextToProbe(&random) else { return }
    members.change(member.record.id) { $0.spared += 1 }
    nextProbe = now + settings.period
    due = next
  }

  mutating func ping(_ target: NodeRecord, _ number: UInt32, _ now: Instant, _ effects: inout [SwimEffect]) {
    let message = SwimMessage.ping(number, target: target.id, from: own, updates(for: target.id))
    effects.append(.send(message, to: target.id, at: target.address))
  }

  /// The time of a probe is over, or that of its first part.
  mutating func advance(_ number: UInt32, _ now: Instant, _ effects: inout [SwimEffect]) {
    guard let place = probes.firstIndex(where: { $0.number == number }) else { return }
    let probe = probes[place]
    if probe.end <= now {
      probes.remove(at: place)
      return failed(probe, now, &effects)
    }
    guard probe.helpAt <= now else { return }
    guard let target = members[probe.target]?.record else {
      probes.remove(at: place)
      return
    }
    let helpers = members.some(settings.helpers, &random) { $0.status == .alive && $0.record.id != probe.target }
    (probes[place].helpAt, probes[place].asked) = (.never, helpers.count)
    let left = probe.end - now
    let budget = UInt16(clamping: left.ns * 7 / 9 / 1_000_000)
    for helper in helpers.map(\.record) {
      let message = SwimMessage.pingRequest(
        number, budget: budget, from: own, target: target, updates(for: helper.id))
      effects.append(.send(message, to: helper.id, at: helper.address))
    }
  }

  /// Asks one of the dead whether it is; it hears that it is taken for that.
  mutating func visit(_ member: Member, _ now: Instant, _ effects: inout [SwimEffect]) {
    guard probes.count < probesMax else { return }
    let number = UInt32(truncatingIfNeeded: random.next())
    var probe = Probe(
      number: number, target: member.record.id, began: now, helpAt: .never, end: now + settings.timeoutMax,
      isHinted: false)
    probe.isVisit = true
    probes.append(probe)
    ping(member.record, number, now, &effects)
  }

  private mutating func failed(_ probe: Probe, _ now: Instant, _ effects: inout [SwimEffect]) {
    if probe.isVisit { return }
    // When helpers are there and say that the target is silent, it is not this node's fault. When nobody says anything at all, it may well be:
    // then nobody is accused, before the node has tried more patiently.
    let missing = probe.asked - probe.nacks
    let mayBeDeaf = settings.lifeguard && probe.asked > 0 && probe.nacks == 0 && doubt < settings.doubtMax
    if probe.asked == 0 || missing > 0 { blame(probe.asked == 0 ? 1 : missing) }
    if mayBeDeaf { return }
    guard let member = members[probe.target], member.isThere else { return }
    accusations += 1
    hear([MemberUpdate(.suspect, member.record, accuser: own.id.prefix)], now, &effects)
    // A broken link and a helper who says the same: hardly any doubt is left.
    let isSure = probe.nacks > 0 || probe.asked == 0
    if isSure, hints.contains(where: { $0.id == probe.target && $0.until > now }) {
      let soon = now + settings.period * UInt64(doubt + 1)
      members.change(probe.target) { $0.suspicion?.shorten(to: soon) }
    }
  }

  /// A link to the node broke, or nobody listens there: it is probed at once, by others too.
  package mutating func hint(_ id: Bytes32, now: Instant, _ effects: inout [SwimEffect]) {
    guard isRunning, let member = members[id], member.isThere else { return }
    hints.removeAll { $0.until <= now || $0.id == id }
    if hints.count < 256 { hints.append((id, now + .s(10))) }
    if !probes.contains(where: { $0.target == id && $0.isHinted }) { probe(member, isHinted: true, now, &effects) }
    due = next
  }

  // MARK: Answers

  mutating func acknowledged(
    _ number: UInt32, _ incarnation: UInt64, _ now: Instant, _ effects: inout [SwimEffect]
  ) {
    if let place = errands.firstIndex(where: { $0.number == number }) {
      let errand = errands.remove(at: place)
      let message = SwimMessage.ack(errand.asked, incarnation: incarnation, updates(for: errand.from.id))
      return effects.append(.send(message, to: errand.from.id, at: errand.from.address))
    }
    guard let place = probes.firstIndex(where: { $0.number == number }) else { return }
    let probe = probes.remove(at: place)
    if probe.asked == 0, !probe.isVisit { roundTrip.measured(now - probe.began) }
    if !probe.isVisit { blame(-1) }
    hints.removeAll { $0.id == probe.target }
    guard var record = members[probe.target]?.record, incarnation > record.incarnation else { return }
    record.incarnation = incarnation
    hear([MemberUpdate(.alive, record, accuser: probe.target.prefix)], now, &effects)
    // Two networks that had lost each other: what the one takes for dead the other suspects, and whoever is there says so.
    if probe.isVisit, pull == nil { begin(record.id, record.address, now, &effects) }
  }

  mutating func denied(_ number: UInt32) {
    guard let place = probes.firstIndex(where: { $0.number == number }), probes[place].nacks < probes[place].asked
    else { return }
    probes[place].nacks += 1
  }
}
