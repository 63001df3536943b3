/// Why a connection could not be made or has ended: a closed list, so that it can be counted and acted on.
public enum CloseReason: UInt8, CaseIterable, Error, Sendable {
  /// Nobody listens there.
  case refused
  /// No route leads there.
  case unreachable
  /// It took too long.
  case timeout
  /// The name has no address.
  case unresolved
  /// The other side, or the network, cut it.
  case reset
  /// The other side ended it in good order.
  case ended
  /// The other side broke the protocol.
  case protocolError
  /// Descriptors, memory or places for links are used up.
  case exhausted
  /// The other side did not take what was sent to it for too long.
  case stalled
  /// Nobody needed it for a long time.
  case idle
  /// A newer link took its place.
  case replaced
  /// This side closed it.
  case local
  /// The other side is another one than it should be, or speaks what this side does not.
  case mismatch
  /// The other side has not shown that it may use this node now.
  case notChosen
  /// The other side is shut out for what it did.
  case banned
  /// The stream broke off in the middle of a frame: by an end, or by a reset.
  case truncated

  /// The word that operators see.
  public var name: String {
    switch self {
    case .refused: "refused"
    case .unreachable: "unreachable"
    case .timeout: "timeout"
    case .idle: "idle"
    case .unresolved: "unresolved"
    case .reset: "reset"
    case .ended: "ended"
    case .protocolError: "protocol_error"
    case .exhausted: "exhausted"
    case .stalled: "stalled"
    case .replaced: "replaced"
    case .local: "local"
    case .mismatch: "mismatch"
    case .notChosen: "not_chosen"
    case .banned: "banned"
    case .truncated: "truncated"
    }
  }
}

/// A socket that could not be opened: what was tried, on which address, and the system's word for why.
public struct NetworkError: Error, CustomStringConvertible, Sendable {
  /// What was tried: `listen on`, `connect to`, `bind`.
  public let action: String
  /// Where.
  public let address: Address
  /// The reason as a link would give it.
  public let reason: CloseReason
  /// The system's words.
  public let detail: String

  /// An error of `action` at `address`.
  public init(action: String, address: Address, reason: CloseReason, detail: String) {
    self.action = action
    self.address = address
    self.reason = reason
    self.detail = detail
  }

  /// One sentence for an operator.
  public var description: String { "cannot \(action) \(address): \(detail)" }
}
