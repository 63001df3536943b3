/// Why a mailbox's file cannot be used.
public struct MailboxError: Error, Equatable, CustomStringConvertible, Sendable {
  /// What is wrong, for those who decide by it.
  public enum Reason: Sendable {
    /// The file cannot be opened or made, or the system gives no thread.
    case unavailable
    /// The file, or its folder, cannot be written.
    case readOnly
    /// Another process, or another mailbox of this one, has it open.
    case inUse
    /// It is a file of another kind.
    case foreign
    /// A newer version of this program made it.
    case newer
    /// Its content makes no sense.
    case damaged
    /// The disk is full.
    case full
  }

  /// Which file.
  public let path: String
  /// What is wrong.
  public let reason: Reason
  /// The same in words.
  public let detail: String

  /// One sentence for an operator.
  public var description: String { "cannot use the mailbox \(path): \(detail)" }
}

extension MailboxError {
  init(path: String, _ failure: SQLiteFailure) {
    self.init(path: path, reason: failure.reason, detail: failure.detail)
  }
}
