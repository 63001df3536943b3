import MixHost

/// Sums of the counters of nodes' chains.
struct Tally {
  var received = 0
  var injected = 0
  var consumed = 0
  var forwarded = 0
  /// Packets for addresses that stages have claimed, which took them: cover that has come to its end. They were forwarded.
  var served = 0
  var sends = 0
  var toClients = 0
  /// Frames that were written for no packet of the chain: what a mailbox has handed out.
  var frames = 0
  /// Packets that a mailbox was asked to keep, and those of them that it did not.
  private(set) var toMailbox = 0
  /// Copies handed to chains of the node itself: they were received, but not from a link.
  var handed = 0
  var written = 0
  var held = 0
  var queued = 0
  /// What killed processes held, and what waited for their links.
  private(set) var buriedHeld = 0
  private(set) var buriedQueued = 0
  /// Drops by reason, those of the link's side and of the mailbox apart: they are no packets of the chain.
  private var inside = Counts()
  private var linkOut = Counts()
  private var mailbox = Counts()
  /// What was given up that was no packet, and connections that were not let in, by reason.
  private(set) var asides = Counts()
  private(set) var refused = Counts()

  init() {}

  /// The sums of a node that counts its chains; those of conversations are no packets of the mix.
  init(_ status: NodeStatus) {
    for refusal in status.linksRefused { refused.add(refusal.reason, refusal.count) }
    for chain in status.chains where chain.name != TalkPlan.chain {
      for aside in chain.asides { asides.add(aside.reason, Int(aside.count)) }
      func count(_ counter: Counter) -> Int { Int(chain.count(counter)) }
      received += count(.received)
      injected += count(.injected)
      forwarded += count(.forwarded)
      served += count(.served)
      sends += count(.sends)
      toClients += count(.toClients)
      frames += count(.frames)
      toMailbox += count(.toMailbox)
      handed += count(.handed)
      written += count(.written)
      consumed += chain.consumed.reduce(0) { $0 + Int($1.count) }
      held += chain.held
      queued += chain.queued
      for drop in chain.dropped {
        switch drop.stage {
        case "link_out": linkOut.add(drop.reason, Int(drop.count))
        case "mailbox": mailbox.add(drop.reason, Int(drop.count))
        default: inside.add(drop.reason, Int(drop.count))
        }
      }
    }
  }

  mutating func add(_ other: Tally) {
    received += other.received
    injected += other.injected
    consumed += other.consumed
    forwarded += other.forwarded
    served += other.served
    sends += other.sends
    toClients += other.toClients
    frames += other.frames
    toMailbox += other.toMailbox
    handed += other.handed
    written += other.written
    held += other.held
    queued += other.queued
    buriedHeld += other.buriedHeld
    buriedQueued += other.buriedQueued
    inside.add(other.inside)
    linkOut.add(other.linkOut)
    mailbox.add(other.mailbox)
    asides.add(other.asides)
    refused.add(other.refused)
  }

  /// The process is gone: what it held and what waited for its links went with it.
  mutating func bury() {
    (buriedHeld, buriedQueued) = (buriedHeld + held, buriedQueued + queued)
    (held, queued) = (0, 0)
  }

  /// Packets that came into being here: replies, and what a mailbox has handed out.
  var made: Int { injected + frames }

  /// Packets that ended here: taken by services or stages, dropped, or given to a mailbox. What a mailbox refuses was given to it, where
  /// there is one.
  var ended: Int { consumed + served + inside.sum + linkOut.sum + max(toMailbox, mailbox.sum) }

  /// Packets that came and were unwrapped: all but those that were dropped.
  var unwrapped: Int { received - inside.sum }

  /// Packets that a mailbox did not keep, or that were for clients where there is no mailbox.
  var unkept: Int { mailbox.sum }

  /// Drops of packets that are found nowhere else.
  var lost: Counts {
    var lost = inside
    lost.add(linkOut)
    if toMailbox == 0 { lost.add(mailbox) }
    return lost
  }

  /// Packets that came or were made, less those that were taken, dropped, forwarded or are still there.
  var unexplainedPackets: Int { received + injected - consumed - inside.sum - forwarded - held - buriedHeld }

  /// Sends that were asked for, less those that were written, dropped or still wait.
  var unexplainedSends: Int { sends + toClients + frames - written - linkOut.sum - queued - buriedQueued }

  /// All drops by reason, in the order of the reasons' names.
  var dropped: [(reason: String, count: Int)] {
    var all = inside
    all.add(linkOut)
    all.add(mailbox)
    return all.entries
  }
}

/// Counts by name, in the order of the names.
struct Counts {
  private(set) var entries: [(reason: String, count: Int)] = []

  var sum: Int { entries.reduce(0) { $0 + $1.count } }

  mutating func add(_ name: String, _ count: Int) {
    let place = entries.firstIndex { $0.reason >= name } ?? entries.count
    if place < entries.count, entries[place].reason == name {
      entries[place].count += count
    } else {
      entries.insert((name, count), at: place)
    }
  }

  mutating func add(_ other: Counts) { for entry in other.entries { add(entry.reason, entry.count) } }
}
