import MixNet

// What is looked after once a second.
extension GossipCore {
  /// So many frames a heartbeat beyond its rates are no accident.
  private static var excessMax: Int { 100 }

  /// Once a second: links that lead nowhere, neighbours that are too slow, and links that are missing.
  mutating func beat(_ now: Instant, _ effects: inout [GossipEffect]) {
    for link in links.all {
      guard link.ends == nil else { continue }
      let age = now - link.since
      let isIdle = link.slot == nil && !link.isMesh && age > settings.idleTime
      if link.peer == nil && age > settings.greetingTime || isIdle {
        counts.closedIdle += 1
        lost(link.number, now, closes: true, &effects)
      }
    }
    for place in 0..<links.count {
      watchSpeed(place, now, &effects)
      if links[place].excess >= Self.excessMax, let peer = links[place].peer {
        effects.append(.offence(.misbehaved, of: peer))
      }
      links[place].excess = 0
    }
    for slot in 0..<Slots.count where views.up.contains(slot) { judge(slot, now, &effects) }
    keepMesh(now, &effects)
  }

  /// A neighbour for whom messages have waited for more than a second at three heartbeats hears announcements only, until nothing waits.
  private mutating func watchSpeed(_ place: Int, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard let peer = links[place].peer else { return }
    let oldest = links[place].queue.oldest
    let isLate = oldest != .never && now - oldest > settings.relayAgeMax
    links[place].lateBeats = isLate ? links[place].lateBeats + 1 : 0
    let isSlow = links[place].isSlow ? !links[place].queue.isEmpty : links[place].lateBeats >= 3
    guard isSlow != links[place].isSlow else { return }
    links.setSlow(isSlow, at: place)
    if let slot = links[place].slot { broadcast.demote(slot, isSlow) }
    effects.append(.slow(peer, isSlow))
  }

  /// A neighbour that keeps messages to itself gives its place to another.
  private mutating func judge(_ slot: Slot, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard let link = linkOfSlot[slot], let place = links.place(link) else { return }
    switch broadcast.watch.verdict(on: slot, isBound: views.isBound(slot), now: now) {
    case .fine: return
    case .ask(let number): queue(LinkFrame.bytes(HealthMessage.check(number)), on: place, &effects)
    case .withholds:
      guard let peer = links[place].peer else { return }
      counts.convicted += 1
      effects.append(.offence(.misbehaved, of: peer))
      views.ban(peer, for: Self.convictedFor, now: now, &viewEffects)
    case .useless:
      counts.replaced += 1
      views.replace(slot, now: now, &viewEffects)
    }
  }

  /// So long it does not come back, whatever its score.
  private static var convictedFor: Nanos { .s(600) }
}
