import MixNet

/// What a mailbox is asked for.
enum MailboxJob: Sendable {
  case register(Bytes32)
  case store([UInt8], identifier: Bytes16, client: Bytes32, done: @Sendable (MailboxRefusal?) -> Void)
  case fetch(client: Bytes32, after: UInt64, limit: Int, done: @Sendable ([MailboxMessage]?) -> Void)
  case remove(upTo: UInt64, client: Bytes32)

  var isFetch: Bool {
    if case .fetch = self { true } else { false }
  }
}
