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
    for i in batch.indices where verdicts.isOpen(i) {
      guard let message = hub.message(columns.ticket(i), batch.bytes(i), on: batch.link(i)) else {
        verdicts.consume(i)
        continue
      }
      let bytes = batch.bytes(i)
      let refusal = hub.act(&turn, .frame(.look, bytes, message.link, wall)) {
        $0.look(message, now: $1, wall: wall, &$2)
      }
      if let refusal { verdicts.refuse(i, refusal) }
    }
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
      guard let message = hub.message(columns.ticket(i), batch.bytes(i), on: batch.link(i)) else {
        verdicts.consume(i)
        continue
      }
      let bytes = batch.bytes(i)
      let holds = hub.act(&turn, .frame(.prove, bytes, message.link, wall)) {
        $0.hasProof(message, bytes, now: $1, &$2)
      }
      if !holds { verdicts.refuse(i, .badProof) }
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
        hub.act(&turn, .frame(.pass, bytes, message.link, wall)) { $0.pass(message, now: $1, &$2) }
      }
      hub.carried.remove(ticket)
      verdicts.consume(i)
    }
  }
}
