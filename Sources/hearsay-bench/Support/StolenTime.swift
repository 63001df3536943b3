import Glibc
import LinuxNet
import MixNet

/// Time in which the processors of a virtual machine had work, and were somebody else's.
enum StolenTime {
  /// Since the machine began, of all processors together; zero where the system does not say it (proc_stat(5), `steal`).
  static var now: Nanos {
    let text = (try? readFile("/proc/stat", limit: 1 << 20)).map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    let fields = text.prefix { $0 != "\n" }.split(separator: " ")
    let perSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    guard fields.count > 8, let ticks = UInt64(fields[8]) else { return .zero }
    return Nanos(ticks * (1_000_000_000 / perSecond))
  }
}
