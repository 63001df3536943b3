import OrderedJSON
import SimNet

/// Where every packet of a run has gone, to the last one.
struct Account: Sendable {
  /// One direction between two hosts.
  struct Pair: Sendable {
    let from: String
    let to: String
    let written: Int
    let read: Int
    var lost: Int { written - read }

    var json: JSON {
      .object([
        ("from", .text(from)), ("to", .text(to)), ("written", .int(written)), ("read", .int(read)),
        ("lost", .int(lost)),
      ])
    }
  }

  let pairs: [Pair]
  let graves: [SimNode.Grave]
  /// Packets of clients that were written to the last byte, and packets that nodes have made: replies.
  let accepted: Int
  let made: Int
  /// Packets that services took, or stages for themselves, and answers that clients have read.
  let taken: Int
  let answers: Int
  /// Packets that were given to mailboxes, and messages that these have handed out.
  let kept: Int
  let handedOut: Int
  let dropped: [(reason: String, count: Int)]
  /// Packets that are still in nodes.
  let held: Int

  init(_ run: SimRun) {
    var sum = Tally()
    var drops = Counts()
    for tally in run.nodes.map(\.tally) {
      sum.add(tally)
      drops.add(tally.lost)
    }
    let hosts = run.world.hosts
    pairs = run.meter.pairs.filter { $0.written > 0 }.map {
      Pair(from: hosts[Int($0.from)].name, to: hosts[Int($0.to)].name, written: $0.written, read: $0.read)
    }.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    graves = run.nodes.flatMap(\.graves)
    (accepted, answers) = (run.ledger.packetsOut, run.ledger.framesIn)
    (made, taken, dropped, held) = (sum.injected, sum.consumed + sum.served, drops.entries, sum.held + sum.queued)
    (kept, handedOut) = (sum.toMailbox, sum.frames)
  }

  /// Packets that were lost on links, and in processes that were killed.
  var lostOnLinks: Int { pairs.reduce(0) { $0 + $1.lost } }
  var lostInProcesses: Int { graves.reduce(0) { $0 + $1.held + $1.queued } }
  private var droppedInAll: Int { dropped.reduce(0) { $0 + $1.count } }

  /// What came into being and is not found again; it must be none.
  var unaccounted: Int {
    accepted + made + handedOut - taken - answers - kept - droppedInAll - lostOnLinks - lostInProcesses - held
  }

  var fields: [(String, JSON)] {
    [
      ("accepted", .int(accepted)), ("made", .int(made)), ("taken", .int(taken)), ("answers", .int(answers)),
      ("kept", .int(kept)), ("handed_out", .int(handedOut)),
      ("dropped", .object(dropped.map { ($0.reason, .int($0.count)) })), ("lost_on_links", .int(lostOnLinks)),
      ("lost_in_processes", .int(lostInProcesses)), ("held", .int(held)), ("unaccounted", .int(unaccounted)),
      ("pairs", .list(pairs.map(\.json))), ("processes", .list(graves.map(\.json))),
    ]
  }

  /// The table as people read it.
  var text: String {
    func row(_ name: String, _ cells: [String]) -> String {
      "  " + name.padded(24) + cells.map { $0.padded(10, left: true) }.joined()
    }
    let ways = pairs.map { row("\($0.from) -> \($0.to)", ["\($0.written)", "\($0.read)", "\($0.lost)"]) }
    let deaths = graves.map {
      row(
        "\($0.node), process \($0.boot)",
        [$0.links.read, $0.links.written, $0.made, $0.ended, $0.held, $0.queued].map { "\($0)" })
    }
    let drops = dropped.map { row("dropped, \($0.reason)", ["\($0.count)"]) }
    return
      ([row("frames", ["written", "read", "lost"])] + ways
      + (deaths.isEmpty ? [] : [row("killed", ["in", "out", "made", "ended", "held", "queued"])] + deaths)
      + [
        row("packets", []), row("accepted of clients", ["\(accepted)"]), row("made by nodes", ["\(made)"]),
        row("taken by services", ["\(taken)"]), row("read by clients", ["\(answers)"]),
        row("given to mailboxes", ["\(kept)"]), row("handed out by them", ["\(handedOut)"]),
      ] + drops
      + [
        row("lost on links", ["\(lostOnLinks)"]), row("lost in processes", ["\(lostInProcesses)"]),
        row("still in nodes", ["\(held)"]), row("unaccounted", ["\(unaccounted)"]),
      ]).joined(separator: "\n")
  }
}

extension SimNode.Grave {
  var json: JSON {
    .object([
      ("node", .text(node)), ("process", .int(boot)), ("in", .int(links.read)), ("out", .int(links.written)),
      ("made", .int(made)), ("ended", .int(ended)), ("held", .int(held)), ("queued", .int(queued)),
    ])
  }
}

extension String {
  /// With blanks up to a width.
  fileprivate func padded(_ width: Int, left: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return left ? blanks + self : self + blanks
  }
}
