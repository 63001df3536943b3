import Glibc
import LinuxNet

/// The machine that the figures are of.
struct Machine {
  let processor: String
  let cores: Int
  let kernel: String

  init() {
    let text = (try? readFile("/proc/cpuinfo", limit: 1 << 20)).map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("model name") }
    processor = lines.first?.split(separator: ":").last.map { $0.drop { $0 == " " } }.map(String.init) ?? "unknown"
    cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let release = try? readFile("/proc/sys/kernel/osrelease", limit: 1_024)
    kernel = release.map { String(decoding: $0.bytes, as: UTF8.self).filter { !$0.isWhitespace } } ?? "unknown"
  }

  /// A debug build's figures are those of nothing.
  private var build: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  var text: String { "\(processor), \(cores) cores, Linux \(kernel), \(build) build" }
  var json: String {
    JSONLine().text("machine", processor).int("cores", cores).text("kernel", kernel).text("build", build).line
  }
}
