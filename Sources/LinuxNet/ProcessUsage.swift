import Glibc
public import MixNet

/// What a process uses of the machine, for benchmarks, tests and status.
public enum ProcessUsage {
  /// The memory of a process that is in the machine's memory now (VmRSS), in bytes; nil when there is no such process.
  /// Without `pid` this process is asked.
  public static func residentBytes(pid: Int32? = nil) -> Int? { bytes("VmRSS", pid: pid) }

  /// A size that the kernel keeps of a process, such as `VmData`, in bytes; nil when there is no such process or size.
  /// Without `pid` this process is asked.
  public static func bytes(_ field: String, pid: Int32? = nil) -> Int? {
    let path = "/proc/\(pid.map(String.init) ?? "self")/status"
    guard let status = try? readFile(path, limit: 1 << 16).bytes else { return nil }
    for line in status.split(separator: UInt8(ascii: "\n")) where line.starts(with: "\(field):".utf8) {
      let digits = line.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return Int(String(decoding: digits, as: UTF8.self)).map { $0 * 1_024 }
    }
    return nil
  }

  /// The processor time that all threads of a process have used, in the system and out of it; nil when there is no such
  /// process. Without `pid` this process is asked.
  public static func cpuTime(pid: Int32? = nil) -> Nanos? {
    var clock = CLOCK_PROCESS_CPUTIME_ID
    // The clock's number has no room for larger ones, which no process has.
    if let pid, !(1...0xff_ffff).contains(pid) || clock_getcpuclockid(pid, &clock) != 0 { return nil }
    var t = timespec()
    guard clock_gettime(clock, &t) == 0 else { return nil }
    return Nanos(UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec))
  }
}
