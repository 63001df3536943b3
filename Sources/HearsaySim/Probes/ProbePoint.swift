/// One point in the nodes' code. The catalogue has every one of them; a test compares it with the sources.
struct ProbePoint: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case buggify, knob, sometimes, reachable, always, unreachable, planted
  }

  /// How many seeds show a point; a sweep of so many fails when it has not.
  enum Rarity: Sendable {
    /// Any sweep of ``oftenSeeds`` seeds.
    case often
    /// One of ``seldomSeeds``: what takes a coincidence.
    case seldom
    /// None: what must never happen, and what happens only when it is planted.
    case never
  }

  let name: String
  let kind: Kind
  let rarity: Rarity

  /// Seeds after which a sweep expects what is often, and all there is.
  static let oftenSeeds = 20
  static let seldomSeeds = 200

  /// All of them, by kind.
  static let all: [ProbePoint] =
    of(
      .buggify, .often,
      [
        "backoff.longest", "breaker.early", "client.sends_twice", "door.handshakes_full", "door.rested", "head.late",
        "keepalive.early", "link.flush_postponed", "link.short_read", "link.short_write", "link.table_full",
        "link.timer_late", "replay.full", "slots.none", "tail.release_late", "worker.event_late", "worker.mail_late",
        "worker.sends_late",
      ])
    + of(
      .knob, .often,
      [
        "backoff.most_ms", "breaker.base_ms", "delay.max_ms", "link.queue_depth", "link.stall_ms", "pipeline.batch_size", "pipeline.pool_size",
        "worker.ring_size",
      ])
    + of(
      .sometimes, .often,
      [
        "backoff.capped", "breaker.closed_after_probe", "breaker.held_closed", "client.replaced", "delay.capped", "keepalive.dead", "link.body_read_in_place", "link.header_split",
        "link.queue_full", "link.stalled", "sphinx.bad_mac", "worker.ring_full",
      ])
    + of(
      .reachable, .often,
      [
        "breaker.opened", "breaker.probed", "client.away", "client.paused", "client.resumed", "link.connect_expired",
        "link.frame_expired", "link.half_written_dropped", "link.handshake_expired", "link.no_slot",
        "link.packet_too_old", "link.refused", "link.turned_away", "next_hop.bad_payload", "replay.seen",
      ])
    + of(.always, .often, ["link.sends_in_order", "tail.never_early"])
    + of(.unreachable, .never, ["link.control_of_another_kind", "link.end_of_endless_state"])
    + of(
      .planted, .never,
      [
        "answer_cut", "chance_from_outside", "drop_uncounted", "frame_lost", "frame_reordered",
        "released_early", "reply_to_another", "resume_forgotten", "slot_leaked", "split_header_forgotten",
        "tag_forgotten", "timer_lost", "write_taken_for_whole", "wrong_link",
      ])

  private static func of(_ kind: Kind, _ rarity: Rarity, _ names: [String]) -> [ProbePoint] {
    names.map { ProbePoint(name: $0, kind: kind, rarity: rarity) }
  }
}
