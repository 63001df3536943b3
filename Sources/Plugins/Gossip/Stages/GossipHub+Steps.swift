import MixHost
import MixNet

extension GossipHub {
  /// A packet that ``GossipStage`` has let through with this ticket, as the core knows it. Nil when its link is gone meanwhile.
  func message(_ ticket: UInt64, _ bytes: Span<UInt8>, on link: LinkID) -> GossipCore.ArrivedMessage? {
    if let message = carried[ticket], core.stillHolds(message) { return message }
    return number(of: link).flatMap { core.message(bytes, on: $0) }
  }

  /// The core's number of the link that a packet came on; nil when it is gone. Without a link come datagrams that the stage has let in.
  func number(of link: LinkID) -> LinkNumber? { link == .none ? GossipCore.noLink : lines[link]?.number }

  var status: [StatusField] {
    let counts = core.counts
    var fields = [
      StatusField("node", .text(core.own.id.description)), StatusField("members", .int(core.swim.present)),
      StatusField("neighbours", .int(core.views.up.size)), StatusField("mesh", .int(core.hasMesh ? 1 : 0)),
      StatusField("readers", .int(readers)), StatusField("published", .int(counts.published)),
      StatusField("delivered", .int(counts.delivered)), StatusField("unread", .int(unread)),
      StatusField("accepted", .int(counts.accepted)), StatusField("duplicates", .int(counts.duplicates)),
      StatusField("messages_sent", .int(counts.messagesSent)), StatusField("sent_late", .int(counts.late)),
      StatusField("slow_neighbours", .int(slowNeighbours)), StatusField("self_doubt", .int(core.swim.doubt)),
      StatusField("suspicions", .int(core.swim.accusations)), StatusField("dedup_ids", .int(core.broadcast.dedup.size)),
      StatusField("dedup_forced", .int(core.broadcast.dedup.forcedRotations)),
      StatusField("history_messages", .int(core.broadcast.cache.count)),
      StatusField("closed_idle", .int(counts.closedIdle)), StatusField("closed_stalled", .int(counts.closedStalled)),
      StatusField("datagrams_refused", .int(counts.datagramsRefused)),
      StatusField("file_lost", .int(setup.hasLostFile ? 1 : 0)),
    ]
    if let namesake { fields.append(StatusField("namesake", .text(namesake.description))) }
    let peers = core.peersHealth(looked)
    for state in Health.allCases {
      fields.append(StatusField("peers_\(state)", .int(peers.count { $0.health == state && $0.isConnected })))
    }
    let counters = core.counters.snapshot(looked)
    fields += [
      StatusField("links_opened", .int(Int(clamping: counters.opened))),
      StatusField("links_closed", .int(Int(clamping: counters.closed))),
      StatusField("links_failed", .int(Int(clamping: counters.failedToOpen))),
      StatusField("sent_bytes", .int(Int(clamping: counters.sent.bytes))),
      StatusField("received_bytes", .int(Int(clamping: counters.received.bytes))),
      StatusField("dropped_messages", .int(Int(clamping: counters.dropped.messages))),
      StatusField("sent_messages_per_s", .double(counters.sentRate.messages)),
      StatusField("received_messages_per_s", .double(counters.receivedRate.messages)),
      StatusField("latency_us", .int(Int(clamping: counters.latency.ns / 1_000))),
      StatusField("latency_max_us", .int(Int(clamping: counters.latencyMax.ns / 1_000))),
    ]
    for (place, refusal) in FrameRefusal.allCases.enumerated() where counts.refused[place] > 0 {
      fields.append(StatusField("refused_\(refusal.rawValue)", .int(counts.refused[place])))
    }
    return fields
  }
}
