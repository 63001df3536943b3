import CMallocCount

/// What the calling thread has taken from the heap since the counter was made.
public struct AllocationCounter: Sendable {
  private let calls: UInt64
  private let bytes: UInt64

  /// A counter that begins now.
  public init() {
    calls = malloc_count_calls()
    bytes = malloc_count_bytes()
  }

  /// True when allocations are counted: with glibc, and without a sanitizer.
  public static var works: Bool { malloc_count_works() != 0 }

  /// True in a debug build. There the language itself allocates in many places, such as a `for` over an array, so that a
  /// count says nothing.
  static var isDebugBuild: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  /// Allocations of this thread since then.
  public var count: Int { Int(clamping: malloc_count_calls() - calls) }

  /// The bytes that they asked for.
  public var size: Int { Int(clamping: malloc_count_bytes() - bytes) }
}
