/// Looks names of hosts up. A worker never waits for a name server: it asks, and goes on.
public protocol Resolver: AnyObject, Sendable {
  /// Looks `name` up; `done` is called once, on a thread of the provider's choice (post to the worker from there), with the
  /// addresses that it has, the best first and at most 16, each with `port`; with none when it has none or nobody knows.
  ///
  /// - Returns: false, and `done` is never called, when too many questions are under way.
  func resolve(_ name: String, port: UInt16, done: @escaping @Sendable ([Address]) -> Void) -> Bool
}

/// A world without names: no question is taken.
public final class NoResolver: Resolver {
  /// Knows nothing.
  public init() {}
  /// False.
  public func resolve(_ name: String, port: UInt16, done: @escaping @Sendable ([Address]) -> Void) -> Bool { false }
}
