import MixHost
import MixNet

@testable import Gossip

/// All that went between one node's stages and its core, in its order.
final class CoreTape: GossipTape {
  /// Whose core it is; it may be looked at while the node runs and after.
  let hub: GossipHub
  private(set) var entries: [TapeEntry] = []

  init(_ hub: GossipHub) { self.hub = hub }

  func note(_ entry: TapeEntry) { entries.append(entry) }

  /// Calls `body` for each entry with the time of the last call before it.
  func read(_ body: (TapeEntry, Instant) throws -> Void) rethrows {
    var now = Instant.zero
    for entry in entries {
      if case .call(_, let at) = entry { now = at }
      try body(entry, now)
    }
  }
}

/// The tapes of a simulated world's nodes, by their names, one for each life of a node. All is on one thread.
final class TapeShelf: @unchecked Sendable {
  private(set) var tapes: [String: [CoreTape]] = [:]

  func record(_ node: String, _ hub: GossipHub) {
    let tape = CoreTape(hub)
    hub.tape = tape
    tapes[node, default: []].append(tape)
  }

  deinit {
    // A hub and its tape have each other.
    for tape in tapes.values.joined() { tape.hub.tape = nil }
  }
}

/// A stage that does nothing: while it is built, a tape begins to run.
private final class TapeStage: ObserveStage {
  func observe(
    _ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn
  ) {}
}

extension Plugin {
  static func tape(_ shelf: TapeShelf) -> Plugin {
    Plugin(
      name: "tape", summary: "for tests",
      stages: [
        StageDescriptor(
          .observe, "tape", summary: "for tests", config: { _ in true },
          make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ObserveStage in
            let hub = try builder.core { () throws(BuildError) -> GossipHub in throw BuildError("there is no gossip") }
            shelf.record(builder.node.name, hub)
            return TapeStage()
          })
      ])
  }
}
