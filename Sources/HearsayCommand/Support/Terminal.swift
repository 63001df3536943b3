import Glibc

/// Where words go: results to standard output, everything else to standard error.
enum Terminal {
  /// A line of the result.
  static func out(_ line: String) { write(1, line + "\n") }

  /// A line of the result for one who waits for it: true when all of it was handed over.
  static func deliver(_ line: String) -> Bool { write(1, line + "\n") }

  /// Bytes of the result as they are: true when all of them were handed over.
  static func deliver(_ bytes: [UInt8]) -> Bool { write(1, bytes) }

  /// A line for the person at the terminal.
  static func note(_ line: String) { write(2, line + "\n") }

  /// A line that replaces the last one, where standard error is a terminal; nothing elsewhere.
  static func progress(_ line: String) {
    guard isatty(2) == 1 else { return }
    write(2, "\r\u{1b}[K" + line)
  }

  /// Takes the progress line away.
  static func endProgress() {
    guard isatty(2) == 1 else { return }
    write(2, "\r\u{1b}[K")
  }

  @discardableResult
  private static func write(_ descriptor: Int32, _ text: String) -> Bool { write(descriptor, Array(text.utf8)) }

  private static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var at = 0
    while at < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe Glibc.write(descriptor, base + at, bytes.count - at)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        waitUntilReady(descriptor, for: POLLOUT)
        continue
      }
      if count <= 0 { return false }
      at += count
    }
    return true
  }

  /// Rows of cells under headings, columns as wide as they must be; numbers stand to the right.
  static func table(_ headings: [String], _ rows: [[String]]) -> String {
    let all = [headings] + rows
    let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        let isNumber = rows.allSatisfy { $0[column].first?.isNumber ?? true } && !rows.isEmpty
        return isNumber ? space + cell : cell + space
      }.joined(separator: "  ").trimmingEnd()
    }.joined(separator: "\n")
  }

  /// A size as people read it.
  static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<10_000: "\(bytes) B"
    case ..<10_000_000: "\(bytes / 1_024) KiB"
    default: "\(bytes / 1_048_576) MiB"
    }
  }
}

extension String {
  fileprivate func trimmingEnd() -> String {
    var text = self[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
