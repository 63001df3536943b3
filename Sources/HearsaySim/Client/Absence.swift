import MixNet

/// When a client is away from its home: now and then, for a while. What comes for it meanwhile is for its home's mailbox.
struct Absence: ~Copyable {
  private var random: RandomStream
  private var isAway = false
  /// When it leaves, or comes back.
  private(set) var changes: Instant
  /// How often it has left.
  private(set) var count = 0

  /// The mean times that it stays, and that it is away.
  private static let stays = Nanos.s(6)
  private static let lasts = Nanos.s(2)

  init(_ seed: Seed, now: Instant) {
    random = RandomStream(seed: seed)
    changes = now + .s(1) + Nanos(random.below(2 * Self.stays.ns))
  }

  /// Whether it is away now; whom nobody lets go is back.
  mutating func look(_ now: Instant, mayLeave: Bool) -> Bool {
    if !mayLeave {
      (isAway, changes) = (false, .never)
    } else if changes <= now {
      isAway.toggle()
      count += isAway ? 1 : 0
      changes = now + Nanos(1 + random.below(2 * (isAway ? Self.lasts : Self.stays).ns))
    }
    return isAway
  }
}
