import MixNet
import Synchronization
import Testing

@testable import SimNet

/// A simulated mailbox keeps what it said, as far as its disk does, and hands out nothing that is damaged.
@Suite struct SimMailboxTests {
  private final class Bench {
    let world: SimWorld
    let host: SimHost
    let log = MailboxLog()
    var mailbox: SimMailbox
    let client = Bytes32(words: [1, 2, 3, 4])

    init(_ plan: FaultPlan = .quiet, seed: UInt64 = 1) {
      var settings = WorldSettings()
      settings.faults = plan
      world = SimWorld(seed: SimSeed(seed), settings: settings)
      host = world.host(named: "a")
      mailbox = host.openMailbox(in: "mail", MailboxLimits(clientMax: 20), log)
      _ = mailbox.register(client)
      world.run(for: .s(1))
    }

    /// Another process of the host.
    func open() { mailbox = host.openMailbox(in: "mail", MailboxLimits(clientMax: 20), log) }

    func store(_ payload: [UInt8], for other: Bytes32? = nil) -> MailboxRefusal?? {
      let answer = Mutex<MailboxRefusal??>(nil)
      let identifier = Bytes16(words: [UInt64(payload.count), 9])
      let isTaken = mailbox.store(payload, identifier: identifier, for: other ?? client) { refusal in
        answer.withLock { $0 = .some(refusal) }
      }
      world.run(for: .s(3))
      return isTaken ? answer.withLock { $0 } : nil
    }

    func fetch(after number: UInt64 = 0, limit: Int = 32) -> [MailboxMessage]? {
      let answer = Mutex<[MailboxMessage]??>(nil)
      _ = mailbox.fetch(for: client, after: number, limit: limit) { found in answer.withLock { $0 = .some(found) } }
      world.run(for: .s(3))
      return answer.withLock { $0 } ?? nil
    }
  }

  @Test func whatWasKeptOutlivesTheProcessAndThePower() throws {
    let bench = Bench()
    for size in 1...3 { #expect(bench.store(pattern(size)) == .some(nil)) }
    bench.host.crash(.power)
    bench.open()
    let found = try #require(bench.fetch())
    #expect(found.map(\.payload) == [pattern(1), pattern(2), pattern(3)])
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.number < $1.number })
    #expect(bench.mailbox.remove(upTo: found[1].number, for: bench.client))
    bench.world.run(for: .s(1))
    bench.open()
    #expect(bench.fetch()?.map(\.payload) == [pattern(3)])
    #expect(bench.log.counts.kept == 3 && bench.log.counts.damaged == 0 && bench.log.kept.count == 3)
  }

  @Test func whoIsNotKnownAndWhoHasTooMuchAreRefused() {
    let bench = Bench()
    #expect(bench.store([1], for: Bytes32(words: [9, 9, 9, 9])) == .some(.unknownClient))
    for _ in 0..<20 { #expect(bench.store([1]) == .some(nil)) }
    #expect(bench.store([1]) == .some(.full))
    #expect(bench.log.counts.taken == 22 && bench.log.counts.refused == 2)
  }

  /// What is on its way to the disk has its place already.
  @Test func writesThatAreUnderWayCount() {
    let bench = Bench()
    let answers = Mutex<[MailboxRefusal?]>([])
    for number in 0..<25 as Range<UInt8> {
      let isTaken = bench.mailbox.store([number], identifier: Bytes16(), for: bench.client) { refusal in
        answers.withLock { $0.append(refusal) }
      }
      #expect(isTaken)
    }
    bench.world.run(for: .s(3))
    // The refusals came at once.
    #expect(answers.withLock { $0.map { $0 == nil } } == (0..<25).map { $0 >= 5 })
    #expect(bench.fetch()?.count == 20 && bench.mailbox.count(for: bench.client) == 20)
  }

  /// Ages are kept with the messages, so they outlive the process; what is too old is nobody's any more.
  @Test func whatIsTooOldMakesRoomInAnotherProcess() {
    let bench = Bench()
    for number in 0..<20 as Range<UInt8> { #expect(bench.store([number]) == .some(nil)) }
    #expect(bench.store([99]) == .some(.full))
    bench.host.crash(.killed)
    bench.host.clock.jump(by: 604_800 * 1_000_000_000)
    bench.open()
    #expect(bench.fetch()?.isEmpty == true && bench.mailbox.count(for: bench.client) == 0)
    #expect(bench.store([50]) == .some(nil))
    #expect(bench.fetch()?.map(\.payload) == [[50]])
    #expect(bench.log.counts.expired == 20 && bench.log.kept.count == 1)
    #expect(bench.host.disk.paths.count == 2)
  }

  /// Who is away for longest, over a restart too, makes room for another; its file goes with it.
  @Test func whoIsAwayForLongestMakesRoom() {
    let bench = Bench()
    let limits = MailboxLimits(clientsMax: 2, keep: .s(10))
    let other = Bytes32(words: [5, 6, 7, 8])
    _ = bench.mailbox.register(other)
    bench.world.run(for: .s(20))
    _ = bench.mailbox.register(bench.client)
    bench.world.run(for: .s(1))
    bench.mailbox = bench.host.openMailbox(in: "mail", limits, bench.log)
    let third = Bytes32(words: [9, 9, 9, 9])
    #expect(bench.mailbox.register(third))
    bench.world.run(for: .s(1))
    #expect(bench.store([1], for: other) == .some(.unknownClient))
    #expect(bench.store([1], for: bench.client) == .some(nil) && bench.store([1], for: third) == .some(nil))
    bench.mailbox = bench.host.openMailbox(in: "mail", limits, bench.log)
    #expect(bench.store([1], for: other) == .some(.unknownClient))
  }

  @Test(
    "fault 15: a simulated mailbox on a disk that fails",
    arguments: [(FaultFamily.diskError, false), (.diskSync, false), (.diskFull, true)])
  func aFailedWriteIsARefusal(_ family: FaultFamily, _ isFull: Bool) {
    let bench = Bench()
    #expect(bench.store([1]) == .some(nil))
    bench.world.faults = .of((family, .always))
    #expect(bench.store([2]) == .some(isFull ? .full : .failed))
    // What cannot be read is not taken for nothing.
    #expect((bench.fetch() == nil) == (family == .diskError))
    bench.world.faults = .quiet
    #expect(bench.fetch()?.map(\.payload) == [[1]])
  }

  @Test(
    "fault 15: a simulated mailbox on a disk that lies",
    arguments: [FaultFamily.diskCorrupt, .diskMisdirected, .diskTorn])
  func nothingDamagedIsHandedOut(_ family: FaultFamily) throws {
    let bench = Bench()
    #expect(bench.store(pattern(900)) == .some(nil))
    bench.world.faults = .of((family, .always))
    #expect(bench.store(pattern(901)) == .some(nil))
    bench.world.faults = .quiet
    #expect(bench.store(pattern(902)) == .some(nil))
    bench.host.crash(.power)
    bench.open()
    let found = try #require(bench.fetch()).map(\.payload)
    #expect(found.allSatisfy { [pattern(900), pattern(901), pattern(902)].contains($0) })
    #expect(!found.contains(pattern(901)) && found.contains(pattern(902)))
    #expect(bench.host.disk.wounds.allSatisfy { $0.family == family } && !bench.host.disk.wounds.isEmpty)
  }

  /// Nothing is the end, for whoever fetches: a batch of which all is damaged is none.
  @Test func whatLiesBehindDamagedMessagesIsHandedOut() throws {
    let bench = Bench()
    #expect(bench.store(pattern(900)) == .some(nil))
    bench.world.faults = .of((.diskMisdirected, .always))
    #expect(bench.store(pattern(901)) == .some(nil))
    bench.world.faults = .quiet
    #expect(bench.store(pattern(902)) == .some(nil))
    var found: [[UInt8]] = []
    var last: UInt64 = 0
    while let message = bench.fetch(after: last, limit: 1)?.first {
      found.append(message.payload)
      last = message.number
    }
    #expect(found.last == pattern(902))
    #expect(bench.log.counts.damaged > 0)
  }

  /// What could not be removed is handed out again, but nobody waits for it.
  @Test func whatCannotBeRemovedComesAgain() throws {
    let bench = Bench()
    _ = bench.store([1])
    let number = try #require(bench.fetch()?.first?.number)
    #expect(bench.mailbox.count(for: bench.client) == 1)
    bench.world.faults = .of((.diskError, .always))
    #expect(bench.mailbox.remove(upTo: number, for: bench.client))
    bench.world.run(for: .s(1))
    bench.world.faults = .quiet
    #expect(bench.mailbox.count(for: bench.client) == 0)
    #expect(bench.fetch()?.map(\.number) == [number])
  }

  /// A read that goes wrong once does not lose what lies there whole.
  @Test func aDamagedReadIsReadAgain() throws {
    var (good, wounds) = (0, 0)
    for seed in 0..<20 as Range<UInt64> {
      let bench = Bench(seed: seed)
      _ = bench.store(pattern(500))
      bench.world.faults = .of((.diskCorrupt, .percent(30)))
      good += bench.fetch()?.map(\.payload) == [pattern(500)] ? 1 : 0
      wounds += bench.host.disk.wounds.count
    }
    #expect(good >= 19 && wounds == 0)
  }
}
