/// All lines of one run, to be held against those of another one.
public final class KeptTrace {
  /// The lines; those that came once `limit` was reached are missing.
  public private(set) var bytes: [UInt8] = []
  /// Whether none is missing.
  public private(set) var isWhole = true
  private let limit: Int

  /// Keeps so many bytes at most.
  public init(limit: Int) { self.limit = limit }

  /// Takes whole lines, as a trace's sink is handed them.
  public func add(_ lines: borrowing Span<UInt8>) {
    guard isWhole, lines.count <= limit - bytes.count else {
      isWhole = false
      return
    }
    unsafe lines.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }
}

@available(*, unavailable)
extension KeptTrace: Sendable {}
