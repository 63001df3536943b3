import MixNet
import SimNet

/// A story that a run plays beside, or in place of, faults that are drawn.
enum Scenario: String, Sendable, CaseIterable {
  /// Three nodes in a row: a slow link, a partition, a kill and a loss of power, one after the other.
  case demo

  /// What happens, and when, in sixtieths of the run's time.
  private static let story: [(at: UInt64, what: String, deed: @Sendable (SimRun) -> Void)] = [
    (8, "the link from mix-1 to mix-2 becomes slow: 20,000 bytes a second", { $0.limit(0, 1, bandwidth: 20_000) }),
    (16, "it is as quick as before", { $0.limit(0, 1, bandwidth: 0) }),
    (20, "mix-2 and mix-3 are parted", { run in run.between(1, 2) { run.world.part([$0], [$1]) } }),
    (
      26, "they are together again",
      { run in
        run.between(1, 2) { a, b in
          run.world.mend(from: a, to: b)
          run.world.mend(from: b, to: a)
        }
      }
    ),
    (30, "mix-2 is killed", { $0.nodes[1].host.crash(.killed) }),
    (33, "mix-2 starts again", { $0.restart(1) }),
    (36, "mix-3 loses its power", { $0.nodes[2].host.crash(.power) }),
    (39, "mix-3 starts again", { $0.restart(2) }),
  ]

  /// Plans it all.
  func plan(_ run: SimRun) {
    let unit = Nanos(UInt64(run.settings.seconds) * 1_000_000_000 / 60)
    for event in Self.story {
      run.world.after(unit * event.at) { [unowned run] _ in
        run.note(event.what)
        event.deed(run)
      }
    }
  }

  /// The story as people read it.
  func text(seconds: Int) -> [String] {
    Self.story.map { "  \(Int($0.at) * seconds / 60) s: \($0.what)" }
  }
}

extension SimRun {
  fileprivate func between(_ a: Int, _ b: Int, _ deed: (SimHost, SimHost) -> Void) {
    deed(nodes[a].host, nodes[b].host)
  }

  fileprivate func limit(_ a: Int, _ b: Int, bandwidth: UInt64) {
    var conditions = world.settings.link
    conditions.bandwidth = bandwidth
    between(a, b) { world.setConditions(conditions, between: $0, and: $1) }
  }

  fileprivate func restart(_ node: Int) {
    do { try nodes[node].host.restart() } catch {
      ledger.violate("boot", "\(nodes[node].host.name) does not start again: \(error)")
    }
  }
}
