import Glibc

/// An open file or socket, closed when it goes out of scope, so that no way out of a function leaks it.
struct Descriptor: ~Copyable {
  let raw: Int32

  /// Owns `raw`; nil when it is negative, which is how the system says that there is none.
  init?(_ raw: Int32) {
    guard raw >= 0 else { return nil }
    self.raw = raw
  }

  deinit { closeDescriptor(raw) }

  /// Gives the ownership away.
  consuming func release() -> Int32 {
    let kept = raw
    discard self
    return kept
  }
}

/// Closes a descriptor. An interrupted close has closed it all the same (Linux, close(2)), so it is never repeated.
func closeDescriptor(_ raw: Int32) { _ = Glibc.close(raw) }
