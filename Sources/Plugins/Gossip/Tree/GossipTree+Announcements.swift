package import MixNet

// Which messages there are: what neighbours are told, and what they tell.
extension GossipTree {
  /// Tells a neighbour of a message, with others that follow soon.
  package mutating func announce(
    _ announcement: Announcement, to slot: Slot, _ now: Instant, _ effects: inout [TreeEffect]
  ) {
    guard up.contains(slot) else { return }
    neighbours[slot].announcements.append(announcement)
    if neighbours[slot].announcements.count >= settings.announceMax {
      neighbours[slot].flush = .never
      effects.append(.announce(to: slot))
    } else if neighbours[slot].flush == .never {
      neighbours[slot].flush = now + settings.announceDelay
    }
  }

  /// What is to be told to a neighbour, at most ``TreeSettings/announceMax`` of it.
  package mutating func takeAnnouncements(of slot: Slot) -> [Announcement] {
    guard up.contains(slot) else { return [] }
    let all = neighbours[slot].announcements
    neighbours[slot].announcements.removeAll(keepingCapacity: true)
    neighbours[slot].flush = .never
    return all
  }

  /// A neighbour has a message that this node has not seen.
  package mutating func announced(_ announcement: Announcement, by slot: Slot, now: Instant) {
    guard up.contains(slot) else { return }
    let id = announcement.id
    if missing[id] == nil {
      var entry = MissingMessages.Missing(
        origin: announcement.origin, teller: slot, since: now, due: now + patience(announcement.origin))
      entry.holders.insert(slot)
      entry.hops[slot] = announcement.hop
      if !missing.add(id, entry) { overlooked += 1 }
    } else {
      missing.change(id) { entry in
        guard !entry.asked.contains(slot) else { return }
        entry.holders.insert(slot)
        entry.hops[slot] = announcement.hop
      }
    }
  }

  /// How long to wait for a message that was announced, before asking for it.
  private func patience(_ origin: UInt64) -> Nanos {
    guard let parent = origins.find(origin)?.parent, let lateness = neighbours[parent].lateness else {
      return settings.firstGraft
    }
    return min(settings.graftMax, max(settings.graftMin, Nanos(lateness.ns + lateness.ns / 2) + .ms(10)))
  }

  mutating func learn(_ lateness: Nanos, of slot: Slot) {
    let sample = min(lateness, settings.graftMax)
    let old = neighbours[slot].lateness ?? sample
    neighbours[slot].lateness = Nanos(old.ns - old.ns / 5 + sample.ns / 5)
  }
}
