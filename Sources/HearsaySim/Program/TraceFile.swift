import Glibc

/// A file that takes a run's trace.
final class TraceFile {
  private let descriptor: Int32
  private var isGood = true

  /// Makes the file, or empties it; nil when that cannot be.
  init?(_ path: String) {
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { return nil }
  }

  func write(_ lines: borrowing Span<UInt8>) {
    unsafe lines.withUnsafeBytes { bytes in
      var at = 0
      while isGood, at < bytes.count, let base = bytes.baseAddress {
        let count = unsafe Glibc.write(descriptor, base + at, bytes.count - at)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { isGood = false } else { at += count }
      }
    }
  }

  /// Closes the file; false when not all is in it.
  func close() -> Bool { Glibc.close(descriptor) == 0 && isGood }
}
