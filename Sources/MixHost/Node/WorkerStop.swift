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
  /// True once what is left is dropped: the bound is reached, or the stop is to be at once.
  var isGivenUp = false
}

/// The stop, from the source to the sink: no new links and no more reading; the heads run dry; the tails let go what they
/// hold, at its time or at once; the links send what is queued; then each worker ends. All of it within a bound.
///
/// Whoever gives the stop up goes the same way, but drops and counts instead of letting go.
extension Worker {
  /// How long a worker that has given up waits for the others.
  private static var grace: Nanos { .ms(100) }

  /// Brings the stop on by as much as is possible now; true when this worker has nothing more to do.
  func advanceStop() -> Bool {
    let order = shared.stop
    guard order != .no else { return false }
    if drain.seen == .no { begin() }
    drain.seen = order
    let isEarly = Probe.buggify("stop.given_up_early", oneIn: 10)
    if !drain.isGivenUp, order == .now || links.now >= drain.ends || isEarly {
      Probe.sometimes("stop.bound_reached", links.now >= drain.ends)
      drain.isGivenUp = true
      drain.ends = links.now + Self.grace
    }
    drain.next = min(drain.ends, links.now < drain.leaves ? drain.leaves : drain.ends)
    for side in sides {
      finishHead(side)
      if side.isTail { finishTail(side) }
    }
    guard hasEverything || (drain.isGivenUp && links.now >= drain.ends) else { return false }
    Probe.always("stop.nothing_held", drain.isGivenUp || sides.allSatisfy { $0.held == 0 })
    Probe.sometimes("stop.in_good_order", !drain.isGivenUp)
    guard drain.isGivenUp else {
      guard links.closeIdle() else { return false }
      closeSockets()
      return true
    }
    links.closeAll(.stopped)
    closeSockets()
    return true
  }

  private func begin() {
    let settings = links.settings
    drain.ends = links.now + .ms(UInt64(Probe.knob("stop.bound_ms", default: Int(settings.drainMax.ms), in: 1...100)))
    drain.leaves = settings.drainAtOnce ? links.now : links.now + Nanos(settings.drainMax.ns / 5 * 4)
    closeDoors()
    links.stopReading()
  }

  /// A head has finished when nothing waits in it, and the chains that hand packets to it have finished.
  private func finishHead(_ side: ChainSide) {
    guard side.plan.hasHead(number) else { return }
    if drain.isGivenUp { side.abandonHead() }
    guard !side.headIsDone else { return }
    if !drain.isGivenUp {
      let sources = shared.chains.filter { side.plan.sources.contains($0.plan.name) }
      guard side.waiting == 0, side.effects.entering.isEmpty,
        sources.allSatisfy({ $0.tailFinished.load(ordering: .acquiring) })
      else { return }
    }
    side.finishHead()
    shared.ports[side.plan.owner].wake()
  }

  /// The tail has finished when all heads have, nothing is held any more, and what it let go is on its way.
  private func finishTail(_ side: ChainSide) {
    let chain = side.shared
    guard !chain.tailFinished.load(ordering: .acquiring) else { return }
    guard chain.finishedHeads.load(ordering: .acquiring) == side.plan.workers else { return }
    if drain.isGivenUp {
      side.abandonTail()
    } else {
      guard chain.toTail.allSatisfy({ $0.isEmpty }) else { return }
      Probe.sometimes("stop.waits_for_delays", links.now < drain.leaves && side.waitsInWheel > 0)
      if links.now >= drain.leaves || side.waitsInWheel == 0 { side.drain() }
    }
    // What a stage has on the disk may be answered yet.
    Probe.sometimes("stop.waits_for_disk", hasJobs(side))
    guard drain.isGivenUp || !hasJobs(side) else { return }
    guard side.held == 0 || Probe.planted("stop_forgets_held"), !side.effects.isPending else {
      // What was let go is carried out at the end of this turn.
      if side.effects.isPending { drain.next = .zero }
      return
    }
    if side.finish(), !drain.isGivenUp, hasJobs(side) || side.effects.isPending { return }
    chain.tailFinished.store(true, ordering: .releasing)
    for port in shared.ports { port.wake() }
  }

  /// True when no tail has anything more to give to this worker's links.
  private var hasEverything: Bool {
    shared.chains.allSatisfy { chain in
      chain.tailFinished.load(ordering: .acquiring) && chain.sends.allSatisfy { $0[number].isEmpty }
    }
  }
}

extension LinkTable {
  /// Reads nothing more: what comes from now on stays with the sender. A link that is still coming up may do so, since
  /// packets may wait for it.
  func stopReading() {
    isStopping = true
    for place in 0..<capacity where links[place].state == .up { endReading(place) }
  }

  /// Closes the links that have nothing left to send, and those that cannot send; true when none is left.
  func closeIdle() -> Bool {
    for place in 0..<capacity where links[place].state != .free {
      let isEmpty = links[place].writing.count == 0 && (links[place].writing.bytes.isEmpty || saysNoMore(place))
      if isEmpty || links[place].state == .resting { close(links[place].id) }
    }
    flushDirty()
    return count == 0
  }

  /// True where all that may be left is a sign of life, which is sent before the goodbye.
  private func saysNoMore(_ place: Int) -> Bool {
    guard case .peer = links[place].kind else { return false }
    return links[place].state == .up
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
