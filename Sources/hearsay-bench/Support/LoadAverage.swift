import LinuxNet

/// What else the machine does.
enum LoadAverage {
  /// Of the last minute, as the system says it.
  static var now: String {
    let text = (try? readFile("/proc/loadavg", limit: 256)).map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    return text.split(separator: " ").first.map(String.init) ?? "unknown"
  }
}
