import MixNet

/// Which epochs still have a secret to keep: the current one, and those that are over but whose packets may still wait.
///
/// A proof may be told when its epoch is over and its last packet has had its delay; not before, or a sender could compute the
/// delays of packets that are still to come or still waiting.
struct EpochLedger {
  /// An epoch that is over, with its proof.
  struct Ended {
    let epoch: EpochName
    let proof: VRFProof
    /// Its proof is told then at the earliest.
    var due: Instant
    var isUnderWay = false
  }

  /// Epochs that may wait for their proofs to be told; while there are so many, no new epoch begins.
  static let endedMax = 8
  private(set) var ended: [Ended] = []
  /// The latest time to which a packet of the current epoch waits.
  private var waitsUntil = Instant.zero

  init() { ended.reserveCapacity(Self.endedMax) }

  var isFull: Bool { ended.count >= Self.endedMax }

  /// A packet of the current epoch waits until then.
  mutating func note(_ deadline: Instant) { waitsUntil = max(waitsUntil, deadline) }

  /// The current epoch is over. Its proof is due `margin` after its last packet's time.
  mutating func end(_ epoch: EpochName, _ proof: VRFProof, now: Instant, margin: Nanos) {
    ended.append(Ended(epoch: epoch, proof: proof, due: max(waitsUntil, now) + margin))
    waitsUntil = .zero
  }

  /// When the next proof is due; never when none is.
  var next: Instant { ended.reduce(.never) { $1.isUnderWay ? $0 : min($0, $1.due) } }

  /// A proof that may be told now, which is under way from now on.
  mutating func take(_ now: Instant) -> (epoch: EpochName, proof: VRFProof)? {
    guard let place = ended.firstIndex(where: { !$0.isUnderWay && $0.due <= now }) else { return nil }
    ended[place].isUnderWay = true
    return (ended[place].epoch, ended[place].proof)
  }

  /// A proof has been told: nothing more is to be done for it.
  mutating func told(_ epoch: EpochName) { ended.removeAll { $0.epoch == epoch } }

  /// A proof could not be told; it is tried again.
  mutating func failed(_ epoch: EpochName, again due: Instant) {
    guard let place = ended.firstIndex(where: { $0.epoch == epoch }) else { return }
    ended[place].isUnderWay = false
    ended[place].due = due
  }
}
