import MixHost
import MixNet

/// `dedup`: lets each message through once, and none that is too old.
final class DedupStage: VerifyStage {
  private let hub: GossipHub

  init(_ hub: GossipHub) { self.hub = hub }

  // What follows from a call of this stage wakes this stage.
  func woke(_ turn: inout Turn) { hub.tick(&turn) }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    let wall = turn.wall
    var stirs = false
    for i in batch.indices where verdicts.isOpen(i) {
      let (bytes, ticket) = (batch.bytes(i), columns.ticket(i))
      guard let message = hub.message(ticket, bytes, on: batch.link(i)) else {
        verdicts.consume(i)
        continue
      }
      let refusal = hub.step(&turn, .frame(.look, bytes, message.link, wall)) {
        $0.look(message, now: $1, wall: wall, &$2)
      }
      guard let refusal else { continue }
      verdicts.refuse(i, refusal)
      hub.carried.remove(ticket)
      stirs = true
    }
    // What is new waits for nothing yet; what comes again may change whom the node asks for what, and when.
    if stirs { hub.wake(&turn) }
  }
}

/// `signature`: lets messages through whose origin, or whose cluster's key, is proved.
final class SignatureStage: VerifyStage {
  private let hub: GossipHub

  init(_ hub: GossipHub) { self.hub = hub }

  func woke(_ turn: inout Turn) { hub.tick(&turn) }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    let wall = turn.wall
    for i in batch.indices where verdicts.isOpen(i) {
      let (bytes, ticket) = (batch.bytes(i), columns.ticket(i))
      guard let message = hub.message(ticket, bytes, on: batch.link(i)) else {
        verdicts.consume(i)
        continue
      }
      let holds = hub.step(&turn, .frame(.prove, bytes, message.link, wall)) {
        $0.hasProof(message, bytes, now: $1, &$2)
      }
      guard !holds else { continue }
      verdicts.refuse(i, .badProof)
      hub.carried.remove(ticket)
      hub.wake(&turn)
    }
  }
}

/// `gossip_push`: passes messages on to neighbours.
final class GossipPushStage: ForwardStage {
  private let hub: GossipHub

  init(_ hub: GossipHub) { self.hub = hub }

  func woke(_ turn: inout Turn) { hub.tick(&turn) }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    let wall = turn.wall
    for i in batch.indices where verdicts.isOpen(i) && !outlets.isSettled(i) {
      let (bytes, ticket) = (batch.bytes(i), columns.ticket(i))
      if let message = hub.message(ticket, bytes, on: batch.link(i)) {
        hub.step(&turn, .frame(.pass, bytes, message.link, wall)) { $0.pass(message, now: $1, &$2) }
      }
      hub.carried.remove(ticket)
      verdicts.consume(i)
    }
    // Announcements wait for a while.
    hub.wake(&turn)
  }
}
