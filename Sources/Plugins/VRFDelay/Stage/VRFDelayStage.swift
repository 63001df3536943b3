package import MixHost
import MixNet

/// Delays that the sender does not choose, nobody can predict and everybody can audit afterwards: each follows from the
/// packet's id and one proof an epoch, which is published when the epoch is over and its last packet has left.
final class VRFDelayStage: DelayStage {
  private let config: VRFDelayConfig
  private let key: VRFSecretKey
  private var clock: EpochClock
  private var proof: VRFProof
  private var delays: EpochDelays
  private var ledger = EpochLedger()
  private let journal: EpochJournal
  private let hasLostMarker: Bool
  private var random: RandomStream
  private var delayed = 0
  private var withoutID = 0

  /// Time that a proof is kept back beyond its last packet's time: packets leave up to a millisecond late, and more under load.
  static let margin = Nanos.s(1)
  /// After which time what the disk refused is tried again.
  static let retry = Nanos.s(10)

  init(_ config: VRFDelayConfig, _ state: VRFDelayState, _ builder: inout StageBuilder) throws(BuildError) {
    self.config = config
    key = state.key
    hasLostMarker = state.hasLostMarker
    random = builder.random()
    clock = EpochClock(
      chain: builder.plan.name, seconds: config.epochSeconds, wall: state.wall,
      least: state.marker?.epochs.last ?? 0)
    journal = EpochJournal(
      config, key.publicKey, builder.plan.name, builder.node, isRestart: state.marker != nil || state.hasLostMarker)
    guard let secret = EpochSecret(key, clock.name) else { throw BuildError("no proof can be made with the VRF's key") }
    proof = secret.proof
    delays = EpochDelays(secret.output, config.law)
    // What an earlier process left: its packets are gone with it.
    for number in state.marker?.epochs ?? [] where number < clock.current && !ledger.isFull {
      let epoch = EpochName(chain: builder.plan.name, seconds: config.epochSeconds, number: number)
      if let secret = EpochSecret(key, epoch) { ledger.end(epoch, secret.proof, now: .zero, margin: .zero) }
    }
  }

  func started(_ turn: inout Turn) {
    if clock.isOver(turn.wall) { nextEpoch(&turn) } else { mark(&turn) }
    plan(&turn)
  }

  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
  ) {
    if clock.isOver(turn.wall) {
      nextEpoch(&turn)
      plan(&turn)
    }
    var last = Instant.zero
    for i in batch.indices {
      let id = columns.id(i)
      // All packets without an id would have one delay, and tell each other's; nobody can audit them.
      let isNameless = id.isZero
      if isNameless { withoutID += 1 }
      deadlines.add(i, isNameless ? config.law.delay(ofUniform: random.next()) : delays.delay(of: id))
      last = max(last, deadlines[i])
    }
    delayed += batch.count
    ledger.note(last)
  }

  func woke(_ turn: inout Turn) {
    if clock.isOver(turn.wall) { nextEpoch(&turn) }
    if !journal.isMarked { mark(&turn) }
    tell(&turn)
    plan(&turn)
  }

  func status() -> [StatusField] {
    let told = journal.last.map {
      [StatusField("proof_epoch", .int(Int(clamping: $0.epoch))), StatusField("proof", .text($0.proof))]
    }
    return [
      StatusField("epoch", .int(Int(clamping: clock.current))), StatusField("delayed", .int(delayed)),
      StatusField("without_id", .int(withoutID)), StatusField("proofs_published", .int(journal.told)),
      StatusField("proofs_waiting", .int(ledger.ended.count)), StatusField("proofs_failed", .int(journal.failures)),
      StatusField("markers_lost", .int(hasLostMarker ? 1 : 0)),
      StatusField("public_key", .text(key.publicKey.description)),
    ] + (told ?? [])
  }

  // MARK: Epochs

  /// Goes on to the wall clock's epoch. Where too many proofs wait to be published, the old epoch lasts on.
  private func nextEpoch(_ turn: inout Turn) {
    var next = clock
    next.advance(turn.wall)
    Probe.sometimes("vrf_delay.epoch_lasts_on", ledger.isFull)
    guard !ledger.isFull, let secret = EpochSecret(key, next.name) else { return }
    ledger.end(clock.name, proof, now: turn.now, margin: Self.margin)
    clock = next
    proof = secret.proof
    delays = EpochDelays(secret.output, config.law)
    mark(&turn)
  }

  /// Notes on the disk which epochs have something to hide.
  private func mark(_ turn: inout Turn) {
    journal.mark(ledger.ended.map(\.epoch.number) + [clock.current], &turn) { [self] turn in plan(&turn) }
  }

  /// Publishes what may be published. No proof leaves before the disk knows that its epoch is over.
  private func tell(_ turn: inout Turn) {
    while journal.isMarked, let ended = ledger.take(turn.now) {
      journal.tell(ended.epoch, ended.proof, &turn) { [self] isDone, turn in
        if isDone {
          Probe.reachable("vrf_delay.proof_told")
          ledger.told(ended.epoch)
          mark(&turn)
        } else {
          ledger.failed(ended.epoch, again: turn.now + Self.retry)
        }
        plan(&turn)
      }
    }
  }

  /// Asks to be woken when there is something to do.
  private func plan(_ turn: inout Turn) {
    var next = ledger.isFull ? .never : turn.now + clock.rest(turn.wall)
    next = min(next, journal.isMarked ? ledger.next : turn.now + Self.retry)
    if next != .never { turn.wake(at: next) }
  }
}

extension StageDescriptor {
  /// `vrf_delay`: delays that nobody can predict and everybody can audit.
  package static let vrfDelay = StageDescriptor(
    .delay, "vrf_delay",
    summary: "delays packets by a law; nobody can predict the delays, and everybody can audit them",
    needs: .id, config: VRFDelayConfig.init(from:),
    shared: { (config: VRFDelayConfig, context: inout LoadContext) -> VRFDelayState? in VRFDelayState(config, &context)
    },
    make: {
      (config: VRFDelayConfig, state: VRFDelayState, builder: inout StageBuilder) throws(BuildError) -> any DelayStage
      in
      try VRFDelayStage(config, state, &builder)
    })
}
