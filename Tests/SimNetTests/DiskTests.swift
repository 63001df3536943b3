import MixNet
import Synchronization
import Testing

@testable import SimNet

/// What a disk promises, and how it breaks it when it is told to.
@Suite struct DiskTests {
  private final class Bench {
    let world: SimWorld
    let host: SimHost

    init(_ plan: FaultPlan = .quiet, seed: UInt64 = 1, _ change: (inout WorldSettings) -> Void = { _ in }) {
      var settings = WorldSettings()
      settings.faults = plan
      change(&settings)
      world = SimWorld(seed: SimSeed(seed), settings: settings)
      host = world.host(named: "a")
    }

    func result(_ job: StorageJob) throws -> StorageResult {
      let answer = Answer()
      try #require(host.storage.submit(job) { answer.set($0) })
      try #require(world.run(for: .s(60)) { answer.value != nil })
      return try #require(answer.value)
    }

    var content: [UInt8]? { try? host.disk.read("f", limit: .max).bytes }
  }

  private final class Answer: Sendable {
    private let result = Mutex<StorageResult?>(nil)
    func set(_ value: StorageResult) { result.withLock { $0 = value } }
    var value: StorageResult? { result.withLock { $0 } }
  }

  private let old = pattern(2_000)
  private let new = pattern(3_000, from: 7)

  @Test func whatWasAcknowledgedSurvivesALossOfPower() throws {
    let bench = Bench()
    #expect(try bench.result(.replace(path: "f", bytes: old)).get() == [])
    #expect(try bench.result(.append(path: "f", bytes: [1, 2])).get() == [])
    bench.host.crash(.power)
    #expect(bench.content == old + [1, 2])
    bench.host.wipe()
    #expect(bench.content == nil && bench.host.disk.paths == [])
  }

  /// Every moment of a crash: a replacement is there whole or not at all, an append in part at most.
  @Test("fault 14: power lost while a file is written, at any moment")
  func aJobUnderWayIsDoneOrNot() throws {
    var (whole, none, parts) = (0, 0, Set<Int>())
    for seed in 0..<60 as Range<UInt64> {
      let bench = Bench(seed: seed)
      bench.host.disk.install(old, at: "f")
      let isReplacement = seed % 2 == 0
      let answer = Answer()
      _ = bench.host.storage.submit(
        isReplacement ? .replace(path: "f", bytes: new) : .append(path: "f", bytes: new)
      ) { answer.set($0) }
      bench.world.run(for: .us(100 * (seed % 12)))
      let isAnswered = answer.value != nil
      bench.host.crash(.power)
      bench.world.run(for: .s(1))
      #expect((answer.value != nil) == isAnswered)
      let content = try #require(bench.content)
      if isReplacement {
        #expect(content == old || content == new)
        if content == new { whole += 1 } else { none += 1 }
      } else {
        #expect(content.starts(with: old) && (old + new).starts(with: content))
        parts.insert(content.count - old.count)
      }
    }
    #expect(whole > 3 && none > 3 && parts.count > 10)
  }

  @Test(
    "fault 15: a disk that fails, is full or does not sync", arguments: [FaultFamily.diskError, .diskFull, .diskSync])
  func aFailedWriteIsToldAndChangesNothing(_ family: FaultFamily) throws {
    let bench = Bench(.of((family, .always)))
    bench.host.disk.install(old, at: "f")
    for job in [StorageJob.replace(path: "f", bytes: new), .append(path: "f", bytes: new)] {
      guard case .failure(let error) = try bench.result(job) else { throw Couple.NotConnected() }
      #expect(error.path == "f" && !error.detail.isEmpty)
      #expect(bench.content == old)
    }
    #expect(bench.world.struck[family] == 2)
    let read = try bench.result(.read(path: "f", limit: 9_000))
    if family == .diskError {
      #expect(throws: StorageError.self) { try read.get() }
    } else {
      #expect(try read.get() == old)
    }
  }

  @Test func aLostWriteIsThereUntilThePowerGoes() throws {
    let bench = Bench(.of((.diskLost, .always)))
    bench.host.disk.install(old, at: "f")
    _ = try bench.result(.replace(path: "f", bytes: new)).get()
    _ = try bench.result(.replace(path: "g", bytes: new)).get()
    #expect(bench.content == new)
    bench.host.crash(.killed)
    #expect(bench.content == new && bench.host.disk.paths == ["f", "g"])
    bench.host.crash(.power)
    #expect(bench.content == old && bench.host.disk.paths == ["f"])
    #expect(bench.world.struck[.diskLost] == 2)
  }

  @Test("fault 15: a torn write")
  func aTornWriteShowsWhenThePowerGoes() throws {
    var sizes: Set<Int> = []
    for seed in 0..<20 as Range<UInt64> {
      let bench = Bench(.of((.diskTorn, .always)), seed: seed)
      _ = try bench.result(.replace(path: "f", bytes: new)).get()
      #expect(bench.content == new)
      bench.host.crash(.power)
      let content = try #require(bench.content)
      #expect(content.count < new.count && content.count % 512 == 0 && new.starts(with: content))
      sizes.insert(content.count)
    }
    #expect(sizes.count > 3)
  }

  @Test("fault 15: a misdirected write")
  func aMisdirectedWriteDamagesAnotherFile() throws {
    let bench = Bench(.of((.diskMisdirected, .always)))
    bench.host.disk.install(old, at: "f")
    bench.host.disk.install([UInt8](repeating: 0xff, count: 4_000), at: "g")
    _ = try bench.result(.replace(path: "f", bytes: new)).get()
    #expect(bench.content == old)
    let victim = try bench.host.disk.read("g", limit: 9_000).bytes
    #expect(victim.count == 4_000 && victim != [UInt8](repeating: 0xff, count: 4_000))
  }

  @Test func bitsAreFlipped() throws {
    let bench = Bench(.of((.diskCorrupt, .always)))
    _ = try bench.result(.append(path: "f", bytes: old)).get()
    let lies = try #require(bench.content)
    #expect(lies.count == old.count && lies != old)
    let read = try bench.result(.read(path: "f", limit: 9_000)).get()
    #expect(read.count == old.count && read != lies)
    #expect(bench.content == lies)
  }

  /// What a fault has done to a file can be asked of its disk, to the file.
  @Test func woundsAreTakenDown() throws {
    let bench = Bench(.of((.diskLost, .always)))
    _ = try bench.result(.replace(path: "f", bytes: new)).get()
    #expect(bench.host.disk.wounds.isEmpty)
    bench.world.faults = .quiet
    _ = try bench.result(.replace(path: "g", bytes: new)).get()
    bench.host.crash(.power)
    #expect(bench.host.disk.wounds == [DiskWound(path: "f", family: .diskLost)])
    bench.host.wipe()
    #expect(bench.host.disk.wounds.map(\.path) == ["f", "g"] && bench.host.disk.wounds[1].family == .wipe)
  }

  private final class Leaver: SimReactor {
    let storage: any Storage
    init(_ environment: Environment) { storage = environment.storage }
    func turn() -> Instant? {
      _ = storage.submit(.append(path: "f", bytes: [1])) { _ in }
      _ = storage.submit(.append(path: "f", bytes: [2])) { _ in }
      return nil
    }
  }

  /// Who ends in good order waits for the disk.
  @Test func aProcessThatEndsByItselfLeavesNoJob() throws {
    let bench = Bench()
    try bench.host.boot { $0.map { Leaver($0) } }
    bench.world.run(for: .us(10))
    #expect(!bench.host.isUp && bench.content == [1, 2])
  }

  @Test func jobsTakeTheirTimeAndWaitForEachOther() throws {
    let bench = Bench { $0.disk.write = .fixed(.ms(2)) }
    let count = Mutex(0)
    for _ in 0..<10 {
      _ = bench.host.storage.submit(.append(path: "f", bytes: [1])) { _ in count.withLock { $0 += 1 } }
    }
    bench.world.run(for: .ms(11))
    #expect(count.withLock { $0 } == 5)
    bench.world.faults[.diskSlow] = .always
    bench.world.run(for: .ms(30))
    #expect(count.withLock { $0 } == 6)
    bench.world.run(for: .s(30))
    #expect(count.withLock { $0 } == 10 && bench.world.struck[.diskSlow] == 4)
  }

  @Test func aDiskHasALimitAndAQueueOne() throws {
    let bench = Bench { settings in
      settings.disk.capacity = 2_500
      settings.disk.jobsMax = 2
    }
    _ = try bench.result(.replace(path: "f", bytes: old)).get()
    #expect(throws: StorageError.self) { try bench.result(.replace(path: "g", bytes: old)).get() }
    #expect(throws: StorageError.self) { try bench.result(.append(path: "f", bytes: old)).get() }
    #expect(try bench.result(.replace(path: "f", bytes: pattern(2_500))).get() == [])
    let taken = (0..<3).map { _ in bench.host.storage.submit(.remove(path: "f")) { _ in } }
    #expect(taken == [true, true, false])
  }
}
