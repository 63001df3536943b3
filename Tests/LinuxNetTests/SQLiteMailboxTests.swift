import Glibc
import MixNet
import ProviderContract
import Synchronization
import Testing

@testable import LinuxNet

@Suite struct SQLiteMailboxTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/mailbox.db"
  }

  private let limits = MailboxLimits(messagesMax: 50, clientMax: 20)

  private func mailbox(_ limits: MailboxLimits? = nil, jobsMax: Int = 256) throws -> SQLiteMailbox {
    try SQLiteMailbox(.init(path: path, limits: limits ?? self.limits, jobsMax: jobsMax))
  }

  @Test func whatIsKeptOutlivesARestart() throws {
    for round in 0..<3 as Range<UInt64> {
      let mailbox = try mailbox()
      #expect(mailbox.register(alice))
      let found = numbers(mailbox, alice)
      #expect(found == (round == 0 ? [] : [round * 4 - 1, round * 4]))
      for byte in 1...4 as ClosedRange<UInt8> { #expect(store(mailbox, [byte], alice) == .some(nil)) }
      #expect(mailbox.remove(upTo: round * 4 + 2, for: alice))
      mailbox.stop()
    }
    let mailbox = try mailbox()
    #expect(mailbox.remove(upTo: .max, for: alice))
    mailbox.stop()
    // Nothing is left to tell the highest number by but what was remembered.
    let last = try self.mailbox()
    #expect(store(last, [1], alice) == .some(nil))
    #expect(numbers(last, alice) == [13])
  }

  @Test func limitsCountWhatWasKeptBefore() throws {
    let first = try mailbox()
    for client in [alice, bob] {
      #expect(first.register(client))
      for _ in 0..<20 { #expect(store(first, [1], client) == .some(nil)) }
    }
    first.stop()
    let second = try mailbox(MailboxLimits(messagesMax: 41, clientMax: 25, clientsMax: 2))
    #expect(second.register(carol))
    #expect(store(second, [1], carol) == .some(.unknownClient))
    #expect(store(second, [1], alice) == .some(nil))
    #expect(store(second, [1], bob) == .some(.full))
  }

  @Test func theFileIsPrivate() throws {
    umask(0)
    let first = try mailbox()
    #expect(first.register(alice))
    #expect(store(first, [1], alice) == .some(nil))
    #expect(try readFile(path, limit: 1 << 20).mode == 0o600)
    #expect(try readFile(path + "-wal", limit: 1 << 20).mode == 0o600)
    first.stop()
    #expect(folder.names == ["mailbox.db"])
    chmod(path, 0o666)
    try mailbox().stop()
    #expect(try readFile(path, limit: 1 << 20).mode == 0o600)
  }

  @Test func aFullQueueSaysNoAndAStopDoesWhatIsQueued() throws {
    let mailbox = try mailbox(jobsMax: 4)
    #expect(mailbox.register(alice))
    let (entered, gate, kept) = (SharedCount(), SharedCount(), SharedCount())
    let isTaken = mailbox.fetch(for: alice, after: 0, limit: 1) { _ in
      entered.add(1)
      eventually { gate.value > 0 }
    }
    eventually { entered.value == 1 }
    #expect(isTaken && entered.value == 1)
    var taken = 0
    for _ in 0..<10 {
      let isTaken = mailbox.store([1], identifier: Bytes16(), for: alice) { if $0 == nil { kept.add(1) } }
      if isTaken { taken += 1 }
    }
    #expect(taken == 4)
    #expect(!mailbox.register(bob))
    #expect(!mailbox.remove(upTo: 1, for: alice))
    #expect(!mailbox.fetch(for: alice, after: 0, limit: 1) { _ in })
    gate.add(1)
    mailbox.stop()
    #expect(kept.value == 4)
    #expect(!mailbox.register(bob))
    mailbox.stop()
    #expect(numbers(try self.mailbox(), alice) == [1, 2, 3, 4])
  }

  @Test func itMayBeStoppedFromWithinAndDroppingItDoesWhatIsQueued() throws {
    let answered = SharedCount()
    do {
      let mailbox = try mailbox()
      _ = mailbox.fetch(for: alice, after: 0, limit: 1) { _ in
        mailbox.stop()
        answered.add(1)
      }
      eventually { answered.value == 1 }
      #expect(answered.value == 1)
    }
    // The thread closes the file in its own time when it could not be waited for.
    var second: SQLiteMailbox?
    eventually {
      second = try? mailbox()
      return second != nil
    }
    for _ in 0..<20 {
      _ = second?.store([1], identifier: Bytes16(), for: alice) { _ in answered.add(1) }
    }
    second = nil
    #expect(answered.value == 21)
  }

  /// What is too old goes from the disk also when nobody asks for anything.
  @Test func messagesThatAreTooOldGoByThemselves() throws {
    let wall = TurnedWall()
    let readings = SharedCount()
    let settings = SQLiteMailbox.Settings(path: path, limits: MailboxLimits(keep: .s(10)), expireEvery: .ms(1))
    let mailbox = try SQLiteMailbox(settings) {
      readings.add(1)
      return wall.value
    }
    #expect(mailbox.register(alice))
    // More than go at once.
    for _ in 0..<MailboxFile.expiredMax * 5 / 2 {
      eventually { mailbox.store([1], identifier: Bytes16(), for: alice) { _ in } }
    }
    #expect(numbers(mailbox, alice).count == 1_000)
    wall.value.ns += 10_000_000_001
    let before = readings.value
    eventually { readings.value > before + 5 }
    mailbox.stop()
    let file = try MailboxFile(path, limits)
    #expect(file.messages == 0 && file.clients == 1)
  }
}

let alice = Bytes32([1])
let bob = Bytes32([2])
let carol = Bytes32([3])

/// The numbers of the first thousand messages of a client.
func numbers(_ mailbox: SQLiteMailbox, _ client: Bytes32) -> [UInt64] { messages(mailbox, client).map(\.number) }

func messages(_ mailbox: SQLiteMailbox, _ client: Bytes32, after: UInt64 = 0) -> [MailboxMessage] {
  let found = Mutex<[MailboxMessage]?>(nil)
  let isTaken = mailbox.fetch(for: client, after: after, limit: 1_000) { messages in found.withLock { $0 = messages } }
  if isTaken { eventually { found.withLock { $0 != nil } } }
  return found.withLock { $0 } ?? []
}

/// Stores a message and waits: nil when there was no answer.
func store(_ mailbox: SQLiteMailbox, _ payload: [UInt8], _ client: Bytes32) -> MailboxRefusal?? {
  let answer = Mutex<MailboxRefusal??>(nil)
  let isTaken = mailbox.store(payload, identifier: Bytes16(), for: client) { refusal in
    answer.withLock { $0 = .some(refusal) }
  }
  if isTaken { eventually { answer.withLock { $0 != nil } } }
  return answer.withLock { $0 }
}
