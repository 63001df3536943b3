import LinuxNet
import MixHost
import MixNet

/// A mailbox that finishes what is queued before the process ends.
protocol StoppableMailbox: Mailbox {
  func stop()
}

extension SQLiteMailbox: StoppableMailbox {}

/// The mailbox that the configuration asks for.
func openSQLiteMailbox(_ path: String, _ operation: OperationSettings) throws(MailboxError) -> any StoppableMailbox {
  try SQLiteMailbox(
    .init(
      path: path,
      limits: MailboxLimits(
        messagesMax: operation.mailboxMessagesMax, clientMax: operation.mailboxClientMax,
        clientsMax: operation.mailboxClientsMax, keep: operation.mailboxKeep)))
}
