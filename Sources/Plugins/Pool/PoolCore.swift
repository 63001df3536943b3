import MixNet

/// Which packets of a pool leave, and in which order: a state machine over places, without the packets. Whoever has the
/// packets keeps them in a list from which the last one moves into a gap, and takes out the places that ``next()`` gives.
///
/// The entries are in two parts: those that stay, in an order that nobody sees, and behind them those that leave, in the
/// shuffled order of their leaving, the next one last.
struct PoolCore: Sendable {
  struct Entry: Sendable {
    let limit: Instant
    let priority: UInt8
    /// Where the packet is.
    var place: Int
  }

  private(set) var strategy: any PoolStrategy
  let settings: PoolSettings
  private var entries: [Entry] = []
  /// The entry of the packet at each place.
  private var entryOf: [Int] = []
  /// How many packets stay.
  private(set) var staying = 0
  /// No packet that stays has an earlier limit. It is not looked for when a packet leaves, so it may be too early.
  private var firstLimit = Instant.never
  private var askAt = Instant.never
  private var isToAsk = false
  private var isToShuffle = false
  private(set) var counts = PoolCounts()

  /// No strategy is asked again sooner unless packets come: a stage is woken to the millisecond.
  static var grain: Nanos { .ms(1) }

  /// An empty pool, with room for `spare` packets that leave beside those that stay.
  init(_ strategy: any PoolStrategy, _ settings: PoolSettings, spare: Int) {
    self.strategy = strategy
    self.settings = settings
    entries.reserveCapacity(settings.heldMax + spare)
    entryOf.reserveCapacity(settings.heldMax + spare)
  }

  /// How many packets there are.
  var count: Int { entries.count }
  /// How many of them are to leave now.
  var leaving: Int { entries.count - staying }
  /// When ``decide(at:_:)`` is to be called, if no packet comes before.
  var wake: Instant { staying == 0 ? .never : min(askAt, firstLimit) }

  // MARK: Coming

  /// A packet has come, and is at the place behind all others. In a full pool a random one leaves for it, itself perhaps.
  mutating func insert(priority: UInt8, at now: Instant, _ random: inout RandomStream) {
    let limit = now + settings.limit(priority)
    entryOf.append(entries.count)
    entries.append(Entry(limit: limit, priority: priority, place: entries.count))
    swap(staying, entries.count - 1)
    staying += 1
    firstLimit = min(firstLimit, limit)
    if entries.count > settings.heldMax {
      Probe.reachable("pool.crowded_out")
      letGo(Int(random.below(UInt64(staying))))
      counts.crowdedOut += 1
    }
  }

  /// The packets of a batch, at least one, have been inserted; before, `held` stayed.
  mutating func arrived(_ count: Int, held: Int, at now: Instant) {
    strategy.arrived(count, held: held, at: now)
    isToAsk = true
  }

  // MARK: Leaving

  /// Makes those leave whose time has come: the strategy's batches, and packets at their limit.
  mutating func decide(at now: Instant, _ random: inout RandomStream) {
    while staying > 0, isToAsk || now >= askAt {
      isToAsk = false
      switch strategy.decide(held: staying, at: now, &random) {
      case .wait(let time):
        askAt = max(time, now + Self.grain)
      case .fire(let wanted, let next):
        askAt = wanted > 0 ? next : max(next, now + Self.grain)
        fire(wanted, next, now, &random)
      }
    }
    if now >= firstLimit { letGoLate(now) }
    shuffle(&random)
  }

  /// Makes all packets leave: the node stops.
  mutating func letAllGo(_ random: inout RandomStream) {
    if staying > 0 { isToShuffle = true }
    (staying, firstLimit) = (0, .never)
    shuffle(&random)
  }

  /// The place of the packet that leaves next, and from now on is no more; nil when none leaves.
  mutating func next() -> Int? {
    guard leaving > 0, let entry = entries.popLast() else { return nil }
    let last = entryOf.removeLast()
    if entry.place < entryOf.count {
      entryOf[entry.place] = last
      entries[last].place = entry.place
    }
    return entry.place
  }

  /// `wanted` packets leave, first of all those whose limit comes before `next`, however many they are: with a batch around
  /// them they are hidden better than alone.
  private mutating func fire(_ wanted: Int, _ next: Instant, _ now: Instant, _ random: inout RandomStream) {
    let held = staying
    let soonest = now + Nanos(1)
    let end = next == .never ? soonest : max(soonest, next)
    if wanted >= held {
      letGo(where: { _ in true })
    } else {
      if firstLimit < end { letGo(where: { $0.limit < end }) }
      while held - staying < wanted { letGo(Int(random.below(UInt64(staying)))) }
    }
    guard staying < held else { return }
    counts.batches += 1
    counts.inBatches += held - staying
  }

  /// A packet is at its limit and the strategy waits: with it leave all of its class and of the classes above. So the limit
  /// of the lowest class is a strategy of its own, which lets all go together, and none of them is alone without need.
  private mutating func letGoLate(_ now: Instant) {
    let held = staying
    var lowest = Int.max
    for entry in entries[..<staying] where entry.limit <= now { lowest = min(lowest, Int(entry.priority)) }
    letGo(where: { [lowest] in Int($0.priority) >= lowest })
    counts.late += held - staying
    Probe.sometimes("pool.limit_reached", held > staying)
  }

  /// Makes those leave that are meant, and looks for the first limit of the others.
  private mutating func letGo(where isMeant: (Entry) -> Bool) {
    firstLimit = .never
    var i = 0
    while i < staying {
      if isMeant(entries[i]) {
        letGo(i)
      } else {
        firstLimit = min(firstLimit, entries[i].limit)
        i += 1
      }
    }
  }

  private mutating func letGo(_ entry: Int) {
    staying -= 1
    swap(entry, staying)
    isToShuffle = true
  }

  /// Fisher and Yates, with numbers that are equally likely: each order of those that leave is.
  private mutating func shuffle(_ random: inout RandomStream) {
    guard isToShuffle else { return }
    isToShuffle = false
    for i in stride(from: leaving - 1, to: 0, by: -1) {
      swap(staying + i, staying + Int(random.below(UInt64(i + 1))))
    }
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    guard a != b else { return }
    entries.swapAt(a, b)
    entryOf[entries[a].place] = a
    entryOf[entries[b].place] = b
  }
}

/// What a pool has done.
struct PoolCounts: Sendable {
  /// Batches that the strategy fired, and the packets in them.
  var batches = 0
  var inBatches = 0
  /// Packets that left because one was at its limit.
  var late = 0
  /// Packets that left because the pool was full.
  var crowdedOut = 0
}

extension PoolCore {
  /// What a pool takes, in bytes: its entries, and a held packet for each.
  static func memory(_ settings: PoolSettings, spare: Int) -> Int {
    (settings.heldMax + spare) * (MemoryLayout<Entry>.stride + MemoryLayout<Int>.stride + 16)
  }
}
