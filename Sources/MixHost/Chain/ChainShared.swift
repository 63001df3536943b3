import MixNet
import Synchronization

/// One frame on its way to another worker's link.
struct RemoteSend: BitwiseCopyable {
  let slot: UInt32
  let skip: UInt32
  let link: UInt64
  let prefix: SendPrefix
}

extension SendPrefix: BitwiseCopyable {}

/// What all workers of a node share of one chain: its memory and the rings between its workers. Made once, before any
/// worker starts.
package final class ChainShared: @unchecked Sendable {
  package let plan: ChainPlan
  let slab: Slab
  let workers: Int
  /// From each head to the tail.
  let toTail: [Ring<UInt32>]
  /// `returns[from][home]`: slots on their way home.
  let returns: [[Ring<UInt32>]]
  /// `sends[from][to]`: frames for links of other workers.
  let sends: [[Ring<RemoteSend>]]
  package let counters: [ChainCounters]
  /// Heads that have nothing more to give to the tail: all of them, once the node stops.
  let finishedHeads = Atomic<Int>(0)
  /// What the chain's stages say in each handshake.
  let hello = Mutex(HelloFields())
  let tailFinished = Atomic<Bool>(false)

  package init(plan: ChainPlan) {
    self.plan = plan
    workers = plan.nodeWorkers
    slab = Slab(classes: plan.sizeClasses, homes: workers, scratchSize: plan.scratchSize)
    let slots = slab.count
    let workers = self.workers
    toTail = (0..<workers).map { _ in Ring(capacity: slots) }
    returns = (0..<workers).map { from in
      (0..<workers).map { home in Ring(capacity: from == home ? 0 : slots) }
    }
    let depth = Probe.knob("worker.ring_size", default: plan.maxQueueDepth, in: 1...2)
    sends = (0..<workers).map { from in
      (0..<workers).map { to in Ring(capacity: from == to ? 0 : depth) }
    }
    counters = (0..<workers).map { _ in ChainCounters(stages: plan.stageNames.count + ChainCounters.firstStage) }
  }

  /// The terms of the memory that a chain takes, in bytes.
  static func memory(_ plan: ChainPlan) -> [MemoryTerm] {
    let slots = plan.sizeClasses.reduce(0) { $0 + $1.total }
    let pairs = plan.nodeWorkers * (plan.nodeWorkers - 1)
    let rings =
      plan.nodeWorkers * Ring<UInt32>.memory(capacity: slots)
      + pairs * (Ring<UInt32>.memory(capacity: slots) + Ring<RemoteSend>.memory(capacity: plan.maxQueueDepth))
    let queues = 2 * plan.nodeWorkers * slots * 4 + slots * 4 + TimerWheel.memory(capacity: slots) + 3 * slots * 4
    return [
      MemoryTerm("packet slots", Slab.memory(classes: plan.sizeClasses, scratchSize: plan.scratchSize)),
      MemoryTerm("rings between workers", rings),
      MemoryTerm("queues and timer wheel", queues),
    ]
  }
}

/// One term of the memory that a node takes.
public struct MemoryTerm: Equatable, Sendable {
  /// What it is for.
  public let name: String
  /// Its size in bytes.
  public let bytes: Int
  /// True for what is taken as it is needed, and `bytes` at most; false for what is taken at the start.
  public let isBound: Bool
  /// `bytes` bytes for `name`.
  public init(_ name: String, _ bytes: Int, isBound: Bool = false) {
    self.name = name
    self.bytes = bytes
    self.isBound = isBound
  }
}
