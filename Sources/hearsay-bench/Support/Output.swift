import Glibc
import OrderedJSON

/// Where words go: results to standard output, everything else to standard error.
enum Output {
  static func line(_ text: String) { write(1, text + "\n") }
  static func note(_ text: String) { write(2, text + "\n") }

  private static func write(_ descriptor: Int32, _ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  /// A number with about three digits that say something.
  static func rounded(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let size = abs(value)
    if size >= 100 || value == value.rounded() { return "\(Int(clamping: Int64(value.rounded())))" }
    let scale = size >= 10 ? 10.0 : size >= 0.1 ? 100.0 : 10_000.0
    return "\((value * scale).rounded() / scale)"
  }

  static func time(_ ns: Double) -> String {
    switch ns {
    case ..<1e3: "\(rounded(ns)) ns"
    default: "\(rounded(ns / 1e3)) us"
    }
  }

  static func rate(_ perSecond: Double) -> String {
    switch perSecond {
    case ..<1e4: rounded(perSecond)
    case ..<1e6: "\(rounded(perSecond / 1e3)) k"
    default: "\(rounded(perSecond / 1e6)) M"
    }
  }
}

extension String {
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

/// One JSON object on one line, its fields in the order in which they are added.
struct JSONLine {
  private var fields: [(String, JSON)] = []

  var line: String { JSON.object(fields).line }

  func text(_ name: String, _ value: String) -> JSONLine { adding(name, .text(value)) }
  func int(_ name: String, _ value: Int) -> JSONLine { adding(name, .int(value)) }
  func bool(_ name: String, _ value: Bool) -> JSONLine { adding(name, .bool(value)) }
  func number(_ name: String, _ value: Double) -> JSONLine { adding(name, .double(value)) }

  private func adding(_ name: String, _ value: JSON) -> JSONLine {
    var copy = self
    copy.fields.append((name, value))
    return copy
  }
}
