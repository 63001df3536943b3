import MixNet
import Synchronization

/// One worker's part of the status.
struct WorkerReport: Sendable {
  var held: [Int]
  var queued: [Int]
  var stages: [[StageStatus]]
  var links: [LinkStatus]
  var closes: LinkCloses
  var clients: Int
}

/// Gathers the workers' reports; the last one completes the status.
final class StatusCollector: Sendable {
  private let shared: NodeShared
  private let reports: Mutex<[WorkerReport?]>
  private let done: @Sendable (NodeStatus) -> Void

  init(shared: NodeShared, done: @escaping @Sendable (NodeStatus) -> Void) {
    self.shared = shared
    self.done = done
    reports = Mutex([WorkerReport?](repeating: nil, count: shared.ports.count))
  }

  func add(_ report: WorkerReport, from worker: Int) {
    let all = reports.withLock { reports -> [WorkerReport]? in
      reports[worker] = report
      let known = reports.compactMap { $0 }
      return known.count == reports.count ? known : nil
    }
    if let all { done(Self.status(shared, all)) }
  }

  /// The status of a node whose workers have reported this, in their order.
  static func status(_ shared: NodeShared, _ reports: [WorkerReport]) -> NodeStatus {
    var closes = LinkCloses()
    for report in reports { closes.add(report.closes) }
    return NodeStatus(
      name: shared.blueprint.facts.name, address: shared.blueprint.facts.address, isStopping: shared.stop != .no,
      workers: reports.count, chains: shared.chains.indices.map { chain(shared.chains[$0], $0, reports) },
      links: reports.flatMap(\.links), clients: reports.reduce(0) { $0 + $1.clients },
      linksRefused: shared.door.refused.filter { $0.count > 0 }, linksClosed: closes.named,
      acceptsExhausted: shared.exhausted.load(ordering: .relaxed),
      memory: shared.blueprint.memoryBytes)
  }

  private static func chain(_ chain: ChainShared, _ number: Int, _ reports: [WorkerReport]) -> ChainStatus {
    let counters = Counter.allCases.map { counter in
      (name: counter.name, count: chain.counters.reduce(0) { $0 &+ $1.read(counter) })
    }
    var dropped: [VerdictCount] = []
    var consumed: [VerdictCount] = []
    var asides: [VerdictCount] = []
    for (stage, name) in (ChainCounters.hostStages + chain.plan.stageNames).enumerated() {
      for code in 1..<UInt8(Verdicts.codes) {
        let reason = code == Verdicts.consumed ? "consumed" : DropReason(rawValue: code - 2)?.name ?? ""
        let count = chain.counters.reduce(0) { $0 &+ $1.read(stage: stage, code: code) }
        let aside = chain.counters.reduce(0) { $0 &+ $1.readAside(stage: stage, code: code) }
        if aside > 0 { asides.append(VerdictCount(stage: name, reason: reason, count: aside)) }
        guard count > 0 else { continue }
        let entry = VerdictCount(stage: name, reason: reason, count: count)
        if code == Verdicts.consumed { consumed.append(entry) } else { dropped.append(entry) }
      }
    }
    return ChainStatus(
      name: chain.plan.name, counters: counters, dropped: dropped, consumed: consumed, asides: asides,
      held: reports.reduce(0) { $0 + $1.held[number] }, queued: reports.reduce(0) { $0 + $1.queued[number] },
      stages: reports.flatMap { $0.stages[number] })
  }
}

extension Worker {
  /// What this worker knows, for the status.
  func report() -> WorkerReport {
    var report = WorkerReport(
      held: sides.map { side in
        side.held + (side.isTail ? side.shared.toTail.reduce(0) { $0 + $1.count } : 0)
      },
      queued: sides.map { _ in 0 }, stages: sides.map { $0.isTail ? $0.status() : [] }, links: [], closes: links.closes,
      clients: sides.indices.reduce(0) { $0 + (desk($1)?.count ?? 0) })
    for place in 0..<links.capacity where links.links[place].state != .free {
      let link = links.links[place]
      report.queued[link.chain] += link.writing.count
      report.links.append(LinkStatus(link, chain: sides[link.chain].plan.name))
    }
    for (chain, side) in sides.enumerated() {
      report.queued[chain] += side.shared.sends.reduce(0) { $0 + $1[number].count }
    }
    return report
  }
}

extension LinkStatus {
  init(_ link: Link, chain: String) {
    id = link.id.description
    kind =
      switch link.kind {
      case .raw: "raw"
      case .peer: "peer"
      case .client: "client"
      case .stage: "stage"
      }
    self.chain = chain
    isDialled = link.isDialled
    address = (link.target ?? link.origin)?.description ?? ""
    peer = link.peer.isZero ? nil : link.peer
    state =
      switch link.state {
      case .free: "free"
      case .connecting: "connecting"
      case .greeting: "greeting"
      case .up: "up"
      case .resting: "resting"
      case .closing: "closing"
      }
    framesIn = link.counts.framesIn
    framesOut = link.counts.framesOut
    bytesIn = link.counts.bytesIn
    bytesOut = link.counts.bytesOut
    queued = link.writing.count
    dropped = link.counts.dropped
    connects = link.counts.connects
    lastReason = (link.counts.mismatch?.sentence ?? link.counts.lastReason?.name)
    failures = link.backoff?.failures ?? 0
    isLeftAlone = if case .open = link.breaker?.state { true } else { false }
    roundTrip = link.keepAlive?.roundTrip.smoothed ?? .zero
  }
}
