import MixNet
import Sphinx
import Testing

@testable import HearsaySim

/// The oracle for replies finds each fault that a reply can have.
@Suite struct LedgerTests {
  private let ledger = Ledger()
  private let identifier: Bytes16
  private static let data: [UInt8] = [1, 2, 3]

  /// One message of client 0 that wants an answer.
  init() throws {
    var random = RandomStream(seed: Seed(9))
    var sender = SphinxSender()
    let hop = SphinxHop(
      key: SphinxPublicKey(of: SphinxSecretKey(random: &random)), address: Bytes32(), delay: .zero)
    let recipient = SphinxRecipient(destination: Bytes32(), identifier: Bytes16(words: [7, 7]))
    let surb = try sender.createSURB(along: [hop].span, to: recipient, version: .v260, random: &random)
    identifier = surb.recovery.identifier
    #expect(ledger.send() == 0)
    ledger.ask(0, from: 0, surb.recovery, .bytes(Fingerprint.of(Self.data)))
  }

  private func take(
    _ identifier: Bytes16? = nil, by client: Int = 0, mayBeDamaged: Bool = false, bytes: [UInt8]? = data
  ) -> Int? {
    ledger.take(identifier ?? self.identifier, by: client, mayBeDamaged: mayBeDamaged) { _ in bytes }
  }

  @Test func aRightReplyIsCounted() {
    #expect(ledger.isOpen(0))
    #expect(take() == 0)
    #expect(!ledger.isOpen(0))
    #expect((ledger.answered, ledger.framesIn, ledger.violations.count) == (1, 1, 0))
  }

  @Test func aSecondReplyIsAFault() {
    _ = take()
    _ = take()
    #expect(ledger.answered == 1)
    #expect(ledger.violations.map(\.what) == ["message 0 was answered twice"])
  }

  @Test func aReplyToAnotherClientIsAFault() {
    _ = take(by: 3, mayBeDamaged: true)
    #expect(ledger.violations.map(\.what) == ["the reply to message 0 of client 0 came to client 3"])
  }

  @Test func wrongBytesAreAFault() {
    #expect(take(bytes: [1, 2, 4]) == nil)
    #expect(ledger.answered == 0)
    #expect(ledger.violations.map(\.what) == ["the answer to message 0 has wrong bytes"])
  }

  @Test(arguments: [false, true])
  func whatCannotBeReadIsAFaultUnlessBitsWereFlipped(_ mayBeDamaged: Bool) {
    #expect(take(mayBeDamaged: mayBeDamaged, bytes: nil) == nil)
    #expect(take(Bytes16(words: [1, 1]), mayBeDamaged: mayBeDamaged) == nil)
    #expect(ledger.damaged == 2)
    #expect(ledger.violations.count == (mayBeDamaged ? 0 : 2))
    #expect(ledger.isOpen(0))
  }

  @Test func whatIsTakenTwiceOrWasNotSentIsAFault() {
    let (first, second) = (Bytes16(words: [1, 1]), Bytes16(words: [2, 2]))
    ledger.name(0, first)
    ledger.name(ledger.send(), second)
    ledger.deliver([first], mayRepeat: false)
    #expect(ledger.undelivered == [1])
    #expect(ledger.violations.isEmpty)
    // One that is lost does not hide one that came twice.
    ledger.deliver([first], mayRepeat: false)
    #expect(ledger.undelivered == [1])
    ledger.deliver([Bytes16(words: [3, 3])], mayRepeat: true)
    ledger.deliver([second, second], mayRepeat: true)
    #expect(
      ledger.violations.map(\.what) == ["message 0 was taken 2 times", "a service took a message that nobody sent"])
  }
}

struct WorkTests {
  /// What is answered to see whether all ways work again does not count as work: else no run could fail for having done nothing.
  @Test func theLastLookIsNoWork() {
    let run = SimRun(RunSettings(seed: 4, nodes: 3, seconds: 8, faults: .named([]), crypto: .stub))
    let outcome = run.run()
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(run.answeredOfWorkload > 0)
    #expect(run.answeredOfWorkload < outcome.answered)
  }
}
