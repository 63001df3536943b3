import MixNet

// Looking for neighbours that are missing.
extension HyParView {
  mutating func repair(_ now: Instant, _ effects: inout [ViewEffect]) {
    guard began != .never, !isLeaving else { return }
    var missing = settings.activeSize - up.size - dials.reduce(0) { $0 + ($1.purpose == .anchor ? 0 : 1) }
    while missing > 0, dials.count < settings.dialsMax, let record = candidate(now) {
      // Who asks has ended the time apart: the other may ask back, should its answer come too late.
      backoffs.remove(record.id)
      dial(record.address, record, .neighbour, now, &effects)
      missing -= 1
    }
    if up.isEmpty { askSeeds(now, &effects) }
    askAnchors(now, &effects)
    nextRepair = up.size < settings.activeSize ? now + .s(1) : max(now + .s(1), nextAnchor)
  }

  /// Somebody to ask. In need, when nobody else is left to be asked: those whom this node sent away for want of room.
  private mutating func candidate(_ now: Instant) -> NodeRecord? {
    let ready = passive.entries.filter { entry in
      entry.rests <= now && hasRoom(inNetgroupOf: entry.record)
        && !dials.contains { $0.record?.id == entry.record.id }
    }
    let free = ready.filter { backoffs.reason($0.record.id, now) == nil }
    if !free.isEmpty || !isInNeed { return PassiveView.choose(of: free, &random) }
    return PassiveView.choose(of: ready.filter { backoffs.reason($0.record.id, now) == .room }, &random)
  }

  /// All is lost, or it is the beginning: two seeds at a time, while others are asked, too. Who fills the passive view with lies does not
  /// keep this node from its seeds.
  private mutating func askSeeds(_ now: Instant, _ effects: inout [ViewEffect]) {
    let seeds = settings.seeds.filter { $0 != own.address }
    guard !seeds.isEmpty, seedsDue <= now, !dials.contains(where: { $0.purpose == .join }) else { return }
    for _ in 0..<min(2, seeds.count) {
      dial(seeds[nextSeed % seeds.count], nil, .join, now, &effects)
      nextSeed = (nextSeed + 1) % seeds.count
    }
    seedsDue = now + Nanos(seedPause.ns - seedPause.ns / 5 + random.below(seedPause.ns * 2 / 5))
    seedPause = min(.s(60), seedPause * 2)
  }

  /// When an anchor may be asked again.
  private var nextAnchor: Instant {
    guard active.anchors < settings.anchorSlots else { return .never }
    return anchorsDue.indices.reduce(.never) {
      settings.anchors[$1] == own.address ? $0 : min($0, anchorsDue[$1])
    }
  }

  /// One anchor at a time. Each may be full for long: soon it is asked only every two minutes or so.
  private mutating func askAnchors(_ now: Instant, _ effects: inout [ViewEffect]) {
    guard active.anchors < settings.anchorSlots, !up.isEmpty, !dials.contains(where: { $0.purpose == .anchor }) else {
      return
    }
    let dialled = active.slots { $0.isAnchor }.compactMap { active[$0]?.record.address }
    guard
      let place = settings.anchors.indices.first(where: {
        anchorsDue[$0] <= now && settings.anchors[$0] != own.address && !dialled.contains(settings.anchors[$0])
      })
    else { return }
    let pause = anchorsDue[place] == .zero ? Nanos.s(30) : Nanos.s(120)
    anchorsDue[place] = now + Nanos(pause.ns / 2 + random.below(pause.ns))
    dial(settings.anchors[place], nil, .anchor, now, &effects)
  }
}
