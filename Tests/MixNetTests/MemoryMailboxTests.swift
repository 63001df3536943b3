import MixNet
import ProviderContract
import Testing

@Suite struct MemoryMailboxTests {
  @Test(arguments: MailboxContract.checks)
  func contract(_ check: MailboxContract.Check) throws { try check.run(MemoryWorld()) }
}

/// Mailboxes in memory, on a clock that the checks turn. Nothing is ever left to wait for.
private final class MemoryWorld: MailboxWorld {
  private let time = TurnedWall()

  var wall: WallTime {
    get { time.value }
    set { time.value = newValue }
  }

  func makeMailbox(_ limits: MailboxLimits) throws -> any Mailbox {
    MemoryMailbox(limits) { [time] in time.value }
  }

  func settle(until isDone: () -> Bool) {}
}
