/// Which batch a verify stage holds back (``Turn/holdBack()``).
public struct BatchHold: Equatable, Sendable {
  let number: UInt64
}

/// The batches that have gone through a head and may not leave it yet, in the order in which they came: each leaves when all
/// stages that hold it back have let go of it and the ones before it have left.
///
/// It knows how many packets a batch has; the head has their slots. It belongs to one worker.
final class Gate {
  private struct Group {
    var packets = 0
    var holds = 0
    /// Why it is to be dropped, and by which stage; nil when it is to go on.
    var refusal: (reason: DropReason, stage: Int)?
    /// False while its batch still is in the head's stages.
    var isWhole = false
  }

  /// Looked at in every turn; its own methods alone use it, and call nothing of others.
  @exclusivity(unchecked) private var groups: [Group] = []
  private var start = 0
  /// The number of the first group that is still there.
  private var first: UInt64 = 1
  /// True while verify stages have a batch.
  var isVerifying = false
  /// True when the batch in the head's stages is held back.
  private var isHeld = false

  /// True when something can leave.
  var isReady: Bool { start < groups.count && isReady(groups[start]) }

  private func isReady(_ group: Group) -> Bool { group.isWhole && (group.holds == 0 || group.refusal != nil) }

  /// The batch at hand is held back once more; nil when no verify stage has one.
  func hold() -> BatchHold? {
    guard isVerifying else { return nil }
    if !isHeld {
      groups.append(Group())
      isHeld = true
    }
    groups[groups.count - 1].holds += 1
    return BatchHold(number: first + UInt64(groups.count - start) - 1)
  }

  func letGo(_ hold: BatchHold) {
    guard let place = place(of: hold), groups[place].holds > 0 else { return }
    groups[place].holds -= 1
  }

  func refuse(_ hold: BatchHold, _ reason: DropReason, stage: Int) {
    guard let place = place(of: hold), groups[place].refusal == nil else { return }
    groups[place].refusal = (reason, stage)
  }

  /// The place of a batch; nil when it has left.
  private func place(of hold: BatchHold) -> Int? {
    guard hold.number >= first, hold.number - first < UInt64(groups.count - start) else { return nil }
    return start + Int(hold.number - first)
  }

  /// The batch at hand has gone through the head with so many packets left; true when they wait.
  func endBatch(packets: Int) -> Bool {
    guard isHeld else { return false }
    isHeld = false
    groups[groups.count - 1].packets = packets
    groups[groups.count - 1].isWhole = true
    return true
  }

  /// The first batch, if it can leave: how many packets it has, and why they are to be dropped, if they are.
  func takeReady() -> (packets: Int, refusal: (reason: DropReason, stage: Int)?)? {
    guard isReady else { return nil }
    let group = groups[start]
    start += 1
    first += 1
    // Closing the gap now and then costs less than a ring would.
    if start == groups.count || start >= 1_024 {
      groups.removeFirst(start)
      start = 0
    }
    return (group.packets, group.refusal)
  }

  /// All batches are given up. Who lets go of one later says nothing any more.
  func clear() {
    first += UInt64(groups.count - start)
    groups.removeAll(keepingCapacity: true)
    start = 0
  }
}
