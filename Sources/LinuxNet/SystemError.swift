import CSys

/// Something that the system refused, in its own words.
public struct SystemError: Error, Hashable, CustomStringConvertible, Sendable {
  /// What was tried: `start a thread`.
  public let action: String
  /// The system's number for why not (errno).
  public let code: Int32

  /// The error `code` (a positive errno) of `action`.
  public init(action: String, code: Int32) {
    self.action = action
    self.code = code
  }

  /// The system's words: `Too many open files`.
  public var detail: String { systemText(code) }

  /// One sentence for an operator.
  public var description: String { "cannot \(action): \(detail)" }
}

/// The system's words for an errno.
func systemText(_ code: Int32) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
    guard let base = text.baseAddress else { return "" }
    sys_error_text(code, base, text.count)
    return String(cString: base)
  }
}
