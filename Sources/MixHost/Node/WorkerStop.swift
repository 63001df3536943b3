import MixNet
import Synchronization

/// How far a worker's stop has come.
struct DrainState {
  /// The last order that the worker has seen.
  var seen = NodeShared.Stop.no
  var ends = Instant.never
  /// When what is held leaves at once, whatever its time.
  var leaves = Instant.never
  var next = Instant.never
}

/// The stop, from the source to the sink: no new links and no more reading; the heads run dry; the tails let go what they
/// hold, at its time or at once; the links send what is queued; then each worker ends. All of it within a bound.
extension Worker {
  /// Brings the stop on by as much as is possible now; true when this worker has nothing more to do.
  func advanceStop() -> Bool {
    let order = shared.stop
    guard order != .no else { return false }
    if drain.seen == .no { begin() }
    drain.seen = order
    if order == .now || links.now >= drain.ends {
      abandon()
      return true
    }
    for side in sides {
      if side.plan.hasHead(number), side.waiting == 0, !side.headIsDone {
        side.finishHead()
        shared.ports[side.plan.owner].wake()
      }
      if side.isTail { finishTail(side) }
    }
    drain.next = min(drain.ends, links.now < drain.leaves ? drain.leaves : drain.ends)
    guard shared.chains.allSatisfy({ $0.tailFinished.load(ordering: .acquiring) }) else { return false }
    return links.closeIdle()
  }

  private func begin() {
    let settings = shared.blueprint.settings
    drain.ends = links.now + settings.drainMax
    drain.leaves = settings.drainAtOnce ? links.now : links.now + Nanos(settings.drainMax.ns / 5 * 4)
    closeDoors()
    closeSockets()
    links.stopReading()
  }

  /// The tail has finished when all heads have, and nothing is held any more.
  private func finishTail(_ side: ChainSide) {
    let chain = side.shared
    guard !chain.tailFinished.load(ordering: .acquiring) else { return }
    guard chain.finishedHeads.load(ordering: .acquiring) == side.plan.workers else { return }
    guard chain.toTail.allSatisfy({ $0.isEmpty }) else { return }
    if links.now >= drain.leaves || side.waitsInWheel == 0 { side.drain() }
    guard side.held == 0 else { return }
    chain.tailFinished.store(true, ordering: .releasing)
    for port in shared.ports { port.wake() }
  }

  /// The bound is reached, or the stop is to be at once: what is left is dropped and counted.
  private func abandon() {
    closeDoors()
    closeSockets()
    links.closeAll(.stopped)
  }
}

extension LinkTable {
  /// Reads nothing more: what comes from now on stays with the sender.
  func stopReading() {
    for place in 0..<capacity where links[place].state != .free {
      guard let connection = links[place].connection else { continue }
      links[place].isReadingOver = true
      environment.network.setInterest(connection, read: false, write: links[place].writing.isBlocked)
    }
  }

  /// Closes the links that have nothing left to send, and those that cannot send; true when none is left.
  func closeIdle() -> Bool {
    for place in 0..<capacity where links[place].state != .free {
      let isEmpty = links[place].writing.count == 0 && links[place].writing.bytes.isEmpty
      if isEmpty || links[place].state != .up { close(links[place].id) }
    }
    flushDirty()
    return count == 0
  }

  /// Closes every link at once; what waits is dropped for this reason.
  func closeAll(_ reason: DropReason) {
    for place in 0..<capacity where links[place].state != .free {
      dropAll(place, reason)
      close(links[place].id)
      if links[place].state != .free { goDown(place, .local) }
    }
  }
}
