/// What every ``MixNet/Mailbox`` promises. Each check gets a world that no other check uses.
public enum MailboxContract {
  /// One promise.
  public typealias Check = ContractCheck<any MailboxWorld>

  /// All promises.
  public static let checks: [Check] = messages + limits + ages
}
