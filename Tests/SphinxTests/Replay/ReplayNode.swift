import MixNet
import Testing

@testable import MixHost
@testable import Sphinx

/// The stage in a chain of its own, on a virtual clock, with a disk that waits, fails and is cut: one process of a node, as far
/// as the stage sees it.
final class ReplayNode {
  let chain: LoneChain
  let disk: ReplayDisk
  private(set) var now = Instant(ns: 3_600_000_000_000)
  /// What has left, by number.
  private(set) var left: [Int] = []

  static let batch = 16

  /// Starts a process; what it is refused for is thrown.
  init(
    _ config: String, on disk: ReplayDisk, key: String = "key", chain name: String = "mix", workers: Int = 1
  ) throws {
    self.disk = disk
    let file = ConfigFile(text: "[replay]\n" + config)
    var table = file.table("replay", as: .stage)
    let configured = StageDescriptor.replay.configure(&table)
    guard file.mistakes.isEmpty else { throw BuildError("\(file.mistakes)") }
    let shape = DecodeShape(framing: .raw, limits: FrameLimits(32...32), protocolName: "test")
    let plan = ChainPlan.lone(
      name, shape: shape, stages: ["d", "replay", "f"], workers: workers, batchSize: Self.batch, poolSize: 1_536)
    let facts = NodeFacts(name: "n", address: Bytes32(), state: "state", directory: NetworkDirectory())
    let wall = WallTime(ns: 1_000_000_000_000)
    var context = LoadContext(plan: plan, node: facts, files: disk, wall: wall)
    let prepared = try #require(configured.prepare(&context))
    let stages = [
      ChainBlueprint.Stage(name: "d", role: .decode, make: { (_: inout StageBuilder) in .decode(ReadIDs()) }),
      ChainBlueprint.Stage(name: "replay", role: .verify, make: prepared),
      ChainBlueprint.Stage(name: "f", role: .forward, make: { (_: inout StageBuilder) in .forward(SendAll()) }),
    ]
    let keys = TestKeys(name: Fingerprint.of(key))
    let offer: BuildSite.Offer = { (_: inout StageBuilder) -> Any in keys as any PacketKeys }
    chain = try LoneChain(
      ChainBlueprint(
        plan: plan, stages: stages, offers: [CapabilityKey<any PacketKeys>.packetKeys.name: offer]),
      node: facts, seed: Seed(disk.boots), now: now, wall: wall)
    disk.boots += 1
    for side in chain.sides {
      side.effects.runJob = { [unowned side] job, stage, done in
        disk.submit(job) { result in side.call(stage) { done(result, &$0) } }
      }
    }
    chain.begin()
    settle()
  }

  deinit {
    // What was under way is nobody's any more.
    disk.forget()
    chain.end()
  }

  /// The packets of these numbers come in, all before the next turn.
  func feed(_ numbers: some Sequence<Int>, worker: Int = 0) {
    for number in numbers {
      let slot = chain.feed(Self.id(number).array.span, on: .incoming(0), worker: worker)
      #expect(slot != nil)
    }
    settle()
  }

  /// Tags that differ in the words that are kept.
  static func id(_ number: Int) -> Bytes32 {
    Bytes32(words: [UInt64(number + 1) &* 0x9e37_79b9_7f4a_7c15, 7, UInt64(number), 0])
  }

  /// Time passes, and everything is done at its time.
  func run(_ time: Nanos) {
    let end = now + time
    while chain.next <= end {
      now = max(now + Nanos(1), chain.next)
      settle()
    }
    now = end
    settle()
  }

  /// Turns without end at one moment, the disk's work among them if it does any.
  func settle() {
    var idle = 0
    for _ in 0..<10_000 {
      let more = chain.step(at: now) { exit in
        left.append(Int(Bytes32(chain.bytes(of: exit.slot)).words[2]))
      }
      let isDiskDone = disk.isStopped || !disk.work()
      // What one worker has left for another shows in the next turn only.
      idle = !more && isDiskDone && chain.next > now ? idle + 1 : 0
      if idle == 2 { return }
    }
    Issue.record("the chain does not come to rest")
  }

  /// The node stops in good order.
  func stop() {
    settle()
    chain.drain { _ in }
    settle()
    chain.finish()
    settle()
  }

  func dropped(_ reason: DropReason) -> Int {
    chain.shared.counters.reduce(0) {
      $0 + Int($1.read(stage: ChainCounters.firstStage + 1, code: Verdicts.code(reason)))
    }
  }

  func count(_ name: String) -> Int? {
    var found: Int?
    chain.sides[0].call(stage: ChainCounters.firstStage + 1) { stage, _ in
      for field in stage.status() where field.name == name { if case .int(let count) = field.value { found = count } }
    }
    return found
  }
}

struct TestKeys: PacketKeys {
  let name: Bytes32
}

/// Files in memory. Jobs are done when ``work()`` is called, in their order.
final class ReplayDisk: FileSource, @unchecked Sendable {
  var files: [String: [UInt8]] = [:]
  var isStopped = false
  var fails = false
  /// Jobs that are taken at once.
  var takes = Int.max
  fileprivate var boots: UInt64 = 0
  private var waiting: [(job: StorageJob, done: (StorageResult) -> Void)] = []
  /// All jobs that were done.
  private(set) var jobs: [StorageJob] = []

  func submit(_ job: StorageJob, _ done: @escaping (StorageResult) -> Void) -> Bool {
    guard waiting.count < takes else { return false }
    waiting.append((job, done))
    return true
  }

  var isBusy: Bool { !waiting.isEmpty }

  /// Does what waits; false when nothing did.
  func work() -> Bool {
    let taken = waiting
    waiting = []
    for item in taken {
      if !fails { apply(item.job, .max) }
      item.done(fails ? .failure(StorageError(path: "x", detail: "full")) : .success([]))
    }
    return !taken.isEmpty
  }

  /// The process dies; of the first job that waits so many bytes were written. Nobody is told.
  func cut(at bytes: Int) {
    if let first = waiting.first { apply(first.job, bytes) }
    forget()
  }

  func forget() { waiting = [] }

  private func apply(_ job: StorageJob, _ most: Int) {
    jobs.append(job)
    switch job {
    case .replace(let path, let bytes): if most >= bytes.count { files[path] = bytes }
    case .append(let path, let bytes): files[path, default: []] += bytes.prefix(most)
    case .read, .makeFolder, .remove: Issue.record("not asked for")
    }
  }

  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    guard let bytes = files[path] else { throw StorageError(path: path, detail: "no such file", isMissing: true) }
    return (bytes, 0o600)
  }
}

private final class ReadIDs: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices { columns.setID(i, Bytes32(batch.bytes(i))) }
  }
}

private final class SendAll: ForwardStage {
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices { _ = outlets.send(i, on: .incoming(1)) }
  }
}
