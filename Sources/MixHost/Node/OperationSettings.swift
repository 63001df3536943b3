public import MixNet

/// What the program around a node needs to know: where it tells its status, how much it says, what its mailbox may take.
public struct OperationSettings: Sendable {
  /// How much is said on standard error.
  public enum LogLevel: String, CaseIterable, Comparable, Sendable {
    /// What stops the node.
    case error
    /// What an operator should look at.
    case warn
    /// Start, stop, and where the node listens.
    case info
    /// Every link that comes up or goes down.
    case debug

    /// Orders by how much is said.
    public static func < (a: Self, b: Self) -> Bool {
      let all = Self.allCases
      return (all.firstIndex(of: a) ?? 0) < (all.firstIndex(of: b) ?? 0)
    }
  }

  /// Where `hearsay status` asks.
  public let status: Address
  /// The Unix socket where programs of this machine publish and subscribe.
  public let door: Address
  /// Programs that may be connected there at once; 0: there is no door.
  public let doorVisitorsMax: Int
  /// Bytes of messages that wait there for one program.
  public let doorUnreadMax: Int
  /// How much is said.
  public let log: LogLevel
  /// Packets a second that the operator expects; 0 when none is given. Status compares with it.
  public let targetThroughput: Int
  /// The mailbox's file; nil when there is none.
  public let mailbox: String?
  /// Messages that the mailbox keeps, and how many of them for one client.
  public let mailboxMessagesMax: Int
  /// Messages that the mailbox keeps for one client.
  public let mailboxClientMax: Int
  /// Clients that messages are kept for.
  public let mailboxClientsMax: Int
  /// How long a message is kept.
  public let mailboxKeep: Nanos
}
