import MixNet
import Testing

@testable import MixHost
@testable import VRFDelay

/// The stage in a chain of its own, on a virtual clock, with a disk that can fail: a node, as far as the stage sees it.
final class TestNode {
  /// Packets of the sample's first 32 bytes as id, which wait as the stage says and then leave.
  let chain: LoneChain
  private let disk: TestDisk
  private(set) var now = start
  /// What has left: the packet's id, and when.
  private(set) var left: [(id: Bytes32, time: Instant)] = []

  static let start = Instant(ns: 3_600_000_000_000)
  static let key = [UInt8](repeating: 5, count: 32)
  static var secret: VRFSecretKey { get throws { try #require(VRFSecretKey.of(key)) } }

  /// What the node computes for an epoch.
  static func secret(_ epoch: EpochName) throws -> EpochSecret {
    let key = try secret
    return try #require(EpochSecret(key, epoch))
  }
  static func output(_ epoch: EpochName) throws -> VRFOutput { try secret(epoch).output }

  init(_ config: String = "epoch_s = 10\nmax_ms = 2000", wall seconds: Int64 = 1_000_000, disk: TestDisk = TestDisk())
    throws
  {
    self.disk = disk
    let file = ConfigFile(text: "[vrf_delay]\n" + config)
    var table = file.table("vrf_delay", as: .stage)
    let configured = StageDescriptor.vrfDelay.configure(&table)
    #expect(file.mistakes.isEmpty)
    let shape = DecodeShape(framing: .raw, limits: FrameLimits(32...64), protocolName: "test")
    let plan = ChainPlan.lone("mix", shape: shape, stages: ["d", "vrf_delay", "f"], batchSize: 16, poolSize: 256)
    let facts = NodeFacts(name: "n", address: Bytes32(), state: "state", directory: NetworkDirectory())
    let wall = WallTime(ns: seconds * 1_000_000_000)
    var context = LoadContext(plan: plan, node: facts, files: disk, wall: wall)
    let found = configured.prepare(&context)
    let mistakes = context.mistakes
    let prepared = try #require(found, "\(mistakes)")
    let stages = [
      ChainBlueprint.Stage(name: "d", role: .decode, make: { (_: inout StageBuilder) in .decode(ReadIDs()) }),
      ChainBlueprint.Stage(name: "vrf_delay", role: .delay, make: prepared),
      ChainBlueprint.Stage(name: "f", role: .forward, make: { (_: inout StageBuilder) in .forward(SendAll()) }),
    ]
    chain = try LoneChain(
      ChainBlueprint(plan: plan, stages: stages, offers: [:]), node: facts, seed: Seed(1), now: Self.start, wall: wall)
    let side = chain.sides[0]
    side.effects.runJob = { job, stage, done in
      guard disk.takes else { return false }
      disk.waiting.append { result in side.call(stage) { done(result ?? disk.run(job), &$0) } }
      return true
    }
    chain.begin()
    settle()
  }

  deinit { chain.end() }

  /// A packet comes in.
  func feed(_ id: Bytes32) {
    let slot = chain.feed(id.array.span, on: .incoming(0))
    #expect(slot != nil)
    settle()
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

  private func settle() {
    for _ in 0..<100 {
      let more = chain.step(at: now) { exit in left.append((Bytes32(chain.bytes(of: exit.slot)), now)) }
      let isDiskDone = disk.isStopped || disk.work()
      if !more, isDiskDone { return }
    }
    Issue.record("the chain does not come to rest")
  }

  var status: [String: StatusField.Value] {
    var fields: [String: StatusField.Value] = [:]
    chain.sides[0].call(stage: ChainCounters.firstStage + 1) { stage, _ in
      for field in stage.status() { fields[field.name] = field.value }
    }
    return fields
  }

  func count(_ name: String) -> Int? { if case .int(let count) = status[name] { count } else { nil } }
}

/// Files in memory, which a test can have refused, failed or left undone.
final class TestDisk: FileSource, @unchecked Sendable {
  var files: [String: [UInt8]] = ["state/vrf.key": Array(Hex.text(TestNode.key).utf8)]
  var takes = true
  var fails = false
  var isStopped = false
  /// Epochs whose proofs were written while the marker did not say that they were over.
  private(set) var toldEarly: [UInt64] = []
  /// Jobs that are not done yet; each takes its result, or does what it is for.
  var waiting: [(StorageResult?) -> Void] = []

  /// Does what waits; true when nothing did.
  func work() -> Bool {
    let jobs = waiting
    waiting = []
    for job in jobs { job(fails ? .failure(StorageError(path: "x", detail: "full")) : nil) }
    return jobs.isEmpty
  }

  func run(_ job: StorageJob) -> StorageResult {
    switch job {
    case .replace(let path, let bytes): files[path] = bytes
    case .append(let path, let bytes):
      let before = told.count
      files[path, default: []] += bytes
      let noted = marker.split(separator: " ").last.flatMap { UInt64($0) } ?? 0
      toldEarly += told.dropFirst(before).filter { $0 >= noted }
    case .read, .makeFolder, .remove: return .failure(StorageError(path: "x", detail: "not asked for"))
    }
    return .success([])
  }

  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    guard let bytes = files[path] else { throw StorageError(path: path, detail: "no such file") }
    return (bytes, 0o600)
  }

  /// The lines that have been published.
  var proofs: [String] {
    String(decoding: files["state/proofs"] ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The epochs whose proofs have been published.
  var told: [UInt64] {
    proofs.compactMap { $0.firstMatch(of: /"epoch":([0-9]+),/).flatMap { UInt64($0.1) } }
  }

  /// The epochs' length and the epochs that the node has noted.
  var marker: String {
    guard let marker = EpochMarker(files["state/vrf_delay.mix"] ?? []) else { return "none" }
    return ([UInt64(marker.seconds)] + marker.epochs).map(String.init).joined(separator: " ")
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
