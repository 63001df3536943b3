import MixHost
import MixNet

extension GossipHub {
  /// A packet that ``GossipStage`` has let through, as the core knows it. Nil when its link is gone meanwhile.
  func message(_ bytes: Span<UInt8>, on link: LinkID) -> GossipCore.ArrivedMessage? {
    number(of: link).flatMap { core.message(bytes, on: $0) }
  }

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
    for (place, refusal) in FrameRefusal.allCases.enumerated() where counts.refused[place] > 0 {
      fields.append(StatusField("refused_\(refusal.rawValue)", .int(counts.refused[place])))
    }
    return fields
  }
}
