/// How a node stands, as a simulator sees it: from outside, between two turns, and also after its process was killed.
extension Node {
  /// The status of a node with these workers, all of them; none may have a turn meanwhile.
  package static func look(at workers: [Worker]) -> NodeStatus? {
    guard let shared = workers.first?.shared, workers.count == shared.ports.count else { return nil }
    return StatusCollector.status(shared, workers.map { $0.report() })
  }
}

extension Worker {
  /// Slots of this worker's that are neither free nor on their way home.
  package var slotsOut: Int {
    sides.reduce(0) { sum, side in
      let all = side.effects.slab.classes.reduce(0) { $0 + $1.counts[number] }
      let returning = side.shared.returns.reduce(0) { $0 + $1[number].count }
      return sum + all - side.effects.free.count - returning
    }
  }
}

extension Worker {
  /// Timers that are set for places of links at which there is no link.
  package var timersOfNoLink: Int {
    (0..<links.capacity).count { links.links[$0].state == .free && links.timers.isSet(UInt32($0)) }
  }

  /// Timers that are set for packets.
  package var timersOfPackets: Int { sides.reduce(0) { $0 + $1.waitsInWheel } }

  /// Free slots that are free twice: two packets would come to lie in one.
  package var slotsFreeTwice: Int { sides.reduce(0) { $0 + $1.effects.free.doubles } }
}
