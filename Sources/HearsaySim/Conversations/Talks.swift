import MixNet
import SimNet

/// The rule `streams`: what nodes are promised of their conversations holds.
///
/// Reliable messages are taken once, in order and unchanged, and never by another process than those before them; what was
/// confirmed has come; what a sender is told of a stream that is over is all that was not confirmed; no lossy message is taken
/// twice; no one accepts, or lets wait, more than it may. Talkers tell it of everything that they do and hear.
///
/// Where a flipped bit has come through to one of two nodes, nothing is asked of the two from then on.
final class Talks {
  let plan: TalkPlan
  /// Host numbers by node.
  private let hosts: [UInt32]
  private let meter: TalkMeter
  private let ledger: Ledger
  private(set) var halves: [TalkHalf] = []
  /// The present process of each node; 0 before the first.
  private var boots: [UInt32]
  /// Conversations that ended because one side began anew, and for want of a link.
  private(set) var restarts = 0
  private(set) var forgotten = 0

  init(_ plan: TalkPlan, hosts: [UInt32], meter: TalkMeter, _ ledger: Ledger) {
    (self.plan, self.hosts, self.meter, self.ledger) = (plan, hosts, meter, ledger)
    boots = Array(repeating: 0, count: hosts.count)
  }

  /// Whether bits were flipped between two nodes.
  func isDamaged(_ a: Int, _ b: Int) -> Bool { meter.isDamaged(hosts[a], hosts[b]) }

  /// Pairs of hosts of which this is so.
  var damaged: Int { meter.count }

  private func violate(_ half: TalkHalf, _ what: String) {
    guard !isDamaged(half.from, half.to) else { return }
    ledger.violate("streams", "\(name(half)) \(what)")
  }

  private func name(_ half: TalkHalf) -> String {
    "half \(half.serial), \(half.stream) of mix-\(half.from + 1) (process \(half.boot)) to mix-\(half.to + 1):"
  }

  /// How often a node has found others at fault. None of them means harm: they are not, unless a greeting was lost.
  func faults(_ counts: [Int], at node: Int) {
    guard !plan.pairs(of: node).contains(where: { isDamaged($0.nodes[0], $0.nodes[1]) }) else { return }
    for fault in ConversationFault.allCases where fault != .greeting && counts[Int(fault.rawValue)] > 0 {
      ledger.violate("streams", "mix-\(node + 1) has found another at fault: \(fault.name)")
    }
  }

  // MARK: The sender

  /// A node's new process talks from now on: what the last one had is gone with it.
  func begin(_ node: Int, boot: UInt32) {
    boots[node] = boot
    for half in halves {
      if half.from == node, half.sender == .open { half.sender = .dead }
      if half.to == node, half.receiver == .open { half.receiver = .gone }
    }
  }

  func open(from: Int, to: Int, _ stream: StreamID) -> TalkHalf {
    let half = TalkHalf(serial: halves.count, from: from, to: to, boot: boots[from], stream: stream)
    halves.append(half)
    return half
  }

  /// A message was accepted.
  func sent(_ message: TalkMessage) {
    let half = halves[message.half]
    switch message.sendClass {
    case .lossy: half.lossy.append(false)
    case .control: half.control.append(false)
    case .reliable: sentReliable(half)
    }
  }

  private func sentReliable(_ half: TalkHalf) {
    half.sent += 1
    let waiting = half.sent - half.confirmed
    if waiting > TalkPlan.sendMessages { violate(half, "\(waiting) messages were accepted that are not confirmed") }
    if half.finishedAt != nil { violate(half, "a message was accepted behind its end") }
  }

  func confirmed(_ half: TalkHalf, before: UInt64) {
    let isNews = before > UInt64(half.confirmed) && before <= UInt64(half.sent)
    if !isNews { violate(half, "all before \(before) are confirmed, after \(half.confirmed) of \(half.sent)") }
    half.confirmed = Int(clamping: before)
    half.confirmedBoot = boots[half.to]
    let waiting = (half.taken..<max(half.taken, half.confirmed)).reduce(0) { $0 + message(half, $1).cost }
    if half.receiver != .gone, half.receiver != .closed, waiting > TalkPlan.window {
      violate(half, "messages of \(waiting) wait for the other side's application, of \(TalkPlan.window) at most")
    }
  }

  private func message(_ half: TalkHalf, _ number: Int) -> TalkMessage {
    TalkMessage(half: half.serial, .reliable, number)
  }

  /// The sender's half has ended in good order.
  func closed(_ half: TalkHalf) {
    half.sender = .closed
    if half.finishedAt != half.sent || half.confirmed != half.sent {
      violate(half, "it is closed, and \(half.confirmed) of \(half.sent) messages are confirmed")
    }
  }

  /// The sender hears that the stream is over: all that was not confirmed is told, and nothing else.
  func told(_ half: TalkHalf, _ left: Unconfirmed) {
    half.sender = .told
    half.unconfirmed = left.messages.count
    let all = (half.confirmed..<max(half.confirmed, half.sent)).map { message(half, $0).bytes }
    if left.first != UInt64(half.confirmed) || left.messages != all {
      let what = "\(left.messages.count) messages from \(left.first) on are told as unconfirmed"
      violate(half, "\(what), not \(all.count) from \(half.confirmed) on")
    }
  }

  /// A conversation is over and was told of without one of its streams.
  func untold(_ half: TalkHalf) {
    half.sender = .told
    violate(half, "its conversation is over, and nothing is told of it")
  }

  /// A conversation is over.
  func over(isRestart: Bool) { if isRestart { restarts += 1 } else { forgotten += 1 } }

  // MARK: The receiver

  /// A node's application has taken a message on its stream `id` with another node. Gives the half that it belongs to.
  func took(_ message: PeerMessage, by node: Int, from other: Int, on id: StreamID) -> TalkHalf? {
    guard let read = TalkMessage(message.bytes), halves.indices.contains(read.half),
      case let half = halves[read.half], half.from == other, half.to == node, half.stream == TalkHalf.mirror(id),
      read.sendClass == message.sendClass
    else {
      if !isDamaged(node, other) {
        ledger.violate("streams", "mix-\(node + 1) gets a message on \(id) that mix-\(other + 1) has not sent there")
      }
      return nil
    }
    if half.receiver == .unseen { half.receiver = .open }
    switch read.sendClass {
    case .reliable: tookReliable(read.number, half)
    case .lossy: tookLoose(read.number, &half.lossy, half)
    case .control: tookLoose(read.number, &half.control, half)
    }
    return half
  }

  private func tookReliable(_ number: Int, _ half: TalkHalf) {
    let boot = boots[half.to]
    if let reader = half.readerBoot, reader != boot {
      violate(half, "message \(number) comes to process \(boot), and those before it came to \(reader)")
    }
    half.readerBoot = boot
    if number >= half.sent { violate(half, "message \(number) comes, and \(half.sent) were sent") }
    if number < half.taken { violate(half, "message \(number) comes again: the next is \(half.taken)") }
    if number > half.taken { violate(half, "message \(number) comes before message \(half.taken)") }
    half.taken = max(half.taken, number + 1)
  }

  private func tookLoose(_ number: Int, _ taken: inout [Bool], _ half: TalkHalf) {
    guard taken.indices.contains(number) else { return violate(half, "a loose message comes that was not sent") }
    if taken[number] { violate(half, "loose message \(number) comes again") }
    taken[number] = true
  }

  /// The other side of a stream is lost, and its last messages are taken: all that it was told to be confirmed.
  func lost(_ half: TalkHalf) {
    guard half.readerBoot == boots[half.to], half.taken < half.confirmed else { return }
    violate(half, "\(half.confirmed) messages are confirmed, and \(half.taken) are left when its sender is lost")
  }

  /// A node's stream with another is over for its application; `half` brought the messages on it, if there were any.
  func over(_ half: TalkHalf?, at node: Int, from other: Int, _ id: StreamID, isClosed: Bool) {
    let stream = TalkHalf.mirror(id)
    if let half {
      half.receiver = isClosed ? .closed : .gone
      check(half)
      return
    }
    for half in halves where half.from == other && half.to == node && half.stream == stream {
      guard half.receiver == .unseen else { continue }
      let isOfNow = half.boot == boots[other] && (half.sender == .open || half.sender == .closed)
      half.receiver = isClosed && isOfNow ? .closed : .gone
      check(half)
    }
  }

  /// What has ended in good order has come to its end.
  private func check(_ half: TalkHalf) {
    guard half.receiver == .closed else { return }
    if half.taken != half.finishedAt {
      violate(half, "it is closed for the other side, which has \(half.taken) of \(half.finishedAt ?? -1) messages")
    }
  }

  // MARK: The end

  /// What is neither confirmed nor told, or confirmed and not there, though both nodes can; nil when there is nothing.
  /// `isAlive` says of a node whether it is whole and up.
  func obstacle(_ isAlive: (Int) -> Bool) -> String? {
    for half in halves where !isDamaged(half.from, half.to) {
      if half.sender == .open, isAlive(half.from), half.confirmed < half.sent {
        return "\(name(half)) \(half.sent - half.confirmed) messages are neither confirmed nor told as unconfirmed"
      }
      guard isAlive(half.to), half.taken < half.confirmed else { continue }
      let isThere = half.receiver == .open || half.receiver == .unseen && half.confirmedBoot == boots[half.to]
      if isThere { return "\(name(half)) \(half.confirmed) messages are confirmed, and \(half.taken) have come" }
    }
    return nil
  }
}
