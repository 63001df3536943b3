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
    /// None of the built-in network's, whose chains do not pass it; only in networks with chains of a file, and in tests.
    case elsewhere
    /// None: what must never happen, and what happens only when it is planted.
    case never
  }

  let name: String
  let kind: Kind
  let rarity: Rarity

  /// True for what is passed where nodes talk with each other, and nowhere else.
  var isOfConversations: Bool {
    let beginnings = ["conversation.", "messages.", "registry.", "stream.", "link.hellos_crossed"]
    return beginnings.contains { name.hasPrefix($0) }
  }

  /// True for what is passed where nodes hold links to rates, or give them up, and nowhere else.
  var isOfLimits: Bool { ["backoff.gave_up", "rate.in_debt"].contains(name) }

  /// Seeds after which a sweep expects what is often, and all there is.
  static let oftenSeeds = 40
  static let seldomSeeds = 200

  /// All of them, by kind.
  static let all: [ProbePoint] =
    disks + circuits + plugins + of(.sometimes, .seldom, ["backoff.gave_up", "rate.in_debt"])
    + of(
      .buggify, .often,
      [
        "client.sends_twice", "client.turned_away", "door.handshakes_full", "door.rested", "head.late",
        "keepalive.early", "link.connect_fails", "link.flush_postponed", "link.lost_in_greeting",
        "link.short_read", "link.short_write", "link.table_full", "link.timer_late", "node.reloaded", "node.stopped",
        "replay.full", "slots.none", "tail.release_late", "worker.event_late", "worker.mail_late",
        "worker.sends_late",
      ])
    + of(
      .buggify, .often,
      [
        "conversation.ack_left_out", "conversation.credit_withheld", "messages.frame_lost", "messages.link_closed",
      ])
    + of(
      .knob, .often,
      ["messages.loose_messages", "messages.patience_ms", "messages.send_messages", "messages.window"])
    + of(
      .sometimes, .often,
      [
        "conversation.goes_on_elsewhere", "conversation.link_lost_unconfirmed", "conversation.restarted",
        "conversation.said_again", "link.hellos_crossed", "messages.forgotten", "registry.both_opened",
        "stream.sent_again",
      ])
    + of(
      .sometimes, .seldom,
      ["conversation.loose_without_room", "conversation.not_greeted", "keepalive.question_under_way"])
    + of(
      .reachable, .often,
      [
        "conversation.asked", "conversation.doubled", "conversation.full", "conversation.gap", "conversation.said_over",
        "messages.no_slot", "messages.opened_again", "stream.without_credit",
      ])
    + of(
      .reachable, .seldom,
      [
        "conversation.gone_and_still_read", "conversation.greeted_for_another", "conversation.slot_still_read",
      ])
    + of(.buggify, .seldom, ["backoff.longest", "breaker.early", "stop.given_up_early"])
    + of(
      .knob, .often,
      [
        "backoff.most_ms", "delay.max_ms", "link.queue_depth", "link.stall_ms", "pipeline.batch_size",
        "pipeline.pool_size", "worker.ring_size", "world.send_buffer", "world.window",
      ])
    + of(.knob, .seldom, ["breaker.base_ms", "stop.bound_ms"])
    + of(
      .sometimes, .often,
      [
        "client.replaced", "delay.capped", "keepalive.dead", "link.body_read_in_place", "link.header_split",
        "link.queue_full", "sphinx.bad_mac", "stop.in_good_order",
      ])
    + of(
      .sometimes, .seldom,
      [
        "backoff.capped", "breaker.closed_after_probe", "breaker.held_closed", "link.stalled", "stop.bound_reached",
        "stop.waits_for_delays", "worker.ring_full",
      ])
    + of(
      .reachable, .often,
      [
        "client.away", "link.connect_expired", "link.handshake_expired", "link.no_slot", "link.packet_too_old",
        "link.refused", "replay.seen",
      ])
    + of(
      .reachable, .seldom,
      [
        "breaker.opened", "breaker.probed", "client.paused", "client.resumed", "link.frame_expired",
        "link.half_written_dropped", "link.turned_away", "next_hop.bad_payload",
      ])
    + of(
      .always, .often,
      [
        "conversation.replies_bounded", "link.sends_in_order", "stop.nothing_held", "stream.window_kept",
        "tail.never_early",
      ])
    + of(.unreachable, .never, ["link.control_of_another_kind", "link.end_of_endless_state"])
    + of(
      .planted, .never,
      [
        "acknowledged_and_forgotten", "answer_cut", "chance_from_outside", "credit_forgotten", "credit_unbounded",
        "drop_uncounted", "frame_lost", "frame_reordered", "link_not_reopened", "loose_sent_twice", "queue_unbounded",
        "released_early", "reply_to_another", "resend_taken_twice", "slot_leaked", "split_header_forgotten",
        "stop_forgets_held", "stream_reordered", "tag_forgotten", "timer_lost", "unconfirmed_untold",
        "write_taken_for_whole", "wrong_link",
      ])

  /// Those of services, mailboxes and the disks below them.
  private static let disks: [ProbePoint] =
    of(
      .buggify, .often,
      [
        "mailbox.fetch_crowded", "mailbox.hand_late", "mailbox.register_crowded", "mailbox.store_crowded",
        "service.disk_crowded",
      ])
    + of(.sometimes, .often, ["mailbox.more_at_once"])
    + of(
      .sometimes, .seldom,
      [
        "mailbox.acknowledged_in_part", "mailbox.failed", "mailbox.unknown_client", "service.folder_again",
        "service.some_wait", "stop.waits_for_disk",
      ])
    + of(.reachable, .often, ["mailbox.waits"])
    + of(.reachable, .seldom, ["mailbox.unreadable", "service.answer_waits", "service.not_stored"])
    + of(.always, .often, ["mailbox.handed_in_order", "service.waits_within_bounds"])
    + of(
      .planted, .never,
      [
        "challenge_unsent", "kept_forgotten", "refusal_uncounted", "slot_given_twice", "stored_untrue", "timer_left",
        "timer_restless",
      ])

  /// Those of the plain relay's circuits, and of links to hosts that have names.
  private static let circuits: [ProbePoint] =
    of(.buggify, .elsewhere, ["circuit.table_full", "link.lookup_crowded"])
    + of(.reachable, .elsewhere, ["circuit.answer_too_late", "circuit.expired"])
    + of(.always, .elsewhere, ["circuit.back_is_where_it_came_from"])

  /// Those of plugins that the built-in network does not have; a network with chains of a file does.
  private static let plugins: [ProbePoint] =
    of(
      .buggify, .elsewhere,
      [
        "cover.not_made", "cover.queue_full", "cover.woken_late", "pool.release_late", "reputation.asked_anew",
        "reputation.disk_crowded", "vrf_delay.mark_crowded", "vrf_delay.proof_crowded",
      ])
    + of(.knob, .elsewhere, ["pool.held_max", "reputation.records_max"])
    + of(
      .sometimes, .elsewhere,
      [
        "cover.loop_lost", "cover.tick_missed", "pool.limit_reached", "reputation.no_room",
        "vrf_delay.epoch_lasts_on",
      ])
    + of(
      .reachable, .elsewhere,
      ["cover.loop_too_late", "pool.crowded_out", "vrf_delay.proof_told"])

  private static func of(_ kind: Kind, _ rarity: Rarity, _ names: [String]) -> [ProbePoint] {
    names.map { ProbePoint(name: $0, kind: kind, rarity: rarity) }
  }
}
