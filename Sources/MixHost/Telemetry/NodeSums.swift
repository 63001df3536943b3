/// A node's counts as sums, for one who looks at it every simulated second: no list, no name, no allocation.
package struct NodeSums {
  package var received: UInt64 = 0
  package var injected: UInt64 = 0
  package var consumed: UInt64 = 0
  package var forwarded: UInt64 = 0
  package var sends: UInt64 = 0
  package var toClients: UInt64 = 0
  package var frames: UInt64 = 0
  /// Packets that ended with a stage which had claimed their address; they are forwarded ones too.
  package var served: UInt64 = 0
  package var written: UInt64 = 0
  /// Drops of the chains' own stages and of reading from links.
  package var droppedInside: UInt64 = 0
  /// Drops on the way to links.
  package var droppedOut: UInt64 = 0
  /// Packets in the chains, and packets that wait for links.
  package var held = 0
  package var queued = 0
  /// The packets that wait for one link, at most.
  package var longestQueue = 0

  /// Packets that came or were made, less those that were taken, dropped, forwarded or are still there.
  package var unexplainedPackets: Int {
    Int(truncatingIfNeeded: received &+ injected &- consumed &- droppedInside &- forwarded) - held
  }

  /// Sends that were asked for, less those that were written, dropped or still wait.
  package var unexplainedSends: Int {
    Int(truncatingIfNeeded: sends &+ toClients &+ frames &- written &- droppedOut) - queued
  }

  mutating func add(_ counters: ChainCounters, stages: Int) {
    received &+= counters.read(.received)
    injected &+= counters.read(.injected)
    forwarded &+= counters.read(.forwarded)
    sends &+= counters.read(.sends)
    toClients &+= counters.read(.toClients)
    frames &+= counters.read(.frames)
    served &+= counters.read(.served)
    written &+= counters.read(.written)
    for stage in 0..<stages where stage != ChainCounters.mailbox {
      consumed &+= counters.read(stage: stage, code: Verdicts.consumed)
      var dropped: UInt64 = 0
      for code in Verdicts.consumed + 1..<UInt8(Verdicts.codes) { dropped &+= counters.read(stage: stage, code: code) }
      if stage == ChainCounters.linkOut { droppedOut &+= dropped } else { droppedInside &+= dropped }
    }
  }
}

extension Node {
  /// The sums of a node with these workers, all of them; none may have a turn meanwhile.
  package static func sums(of workers: [Worker]) -> NodeSums {
    var sums = NodeSums()
    guard let shared = workers.first?.shared else { return sums }
    for chain in shared.chains {
      let stages = ChainCounters.hostStages.count + chain.plan.stageNames.count
      for counters in chain.counters { sums.add(counters, stages: stages) }
      for ring in chain.toTail { sums.held += ring.count }
    }
    for worker in workers { worker.add(to: &sums) }
    return sums
  }
}

extension Worker {
  fileprivate func add(to sums: inout NodeSums) {
    for side in sides {
      sums.held += side.held
      for rings in side.shared.sends { sums.queued += rings[number].count }
    }
    // The first places are taken first: those behind the last link need not be looked at.
    var left = links.count
    for place in 0..<links.capacity where links.links[place].state != .free {
      let waiting = links.links[place].writing.count
      sums.queued += waiting
      sums.longestQueue = max(sums.longestQueue, waiting)
      left -= 1
      if left == 0 { break }
    }
  }
}
