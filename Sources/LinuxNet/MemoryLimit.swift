import Glibc

/// A limit that the system sets to a process's memory. A process that reaches one is given no more memory, and ends by that, or is
/// ended by the system: so a node asks for the limits before it takes any.
public struct MemoryLimit: Equatable, Sendable {
  /// What sets it, as an operator finds it: `RLIMIT_DATA`, or the file of a control group.
  public let name: String
  /// What it leaves for the memory that is the process's own, in bytes.
  public let bytes: Int

  /// The smallest of those that hold for this process; nil when there is none.
  ///
  /// Of the whole of its addresses (`RLIMIT_AS`), what its program and libraries take already is subtracted. Limits of
  /// control groups, of both versions, hold for a group and all above it: the kernel's "Control Group v2", memory.max.
  public static func least() -> MemoryLimit? {
    (resourceLimits() + groupLimits(of: text("/proc/self/cgroup") ?? "", read: text)).min { $0.bytes < $1.bytes }
  }

  private static func resourceLimits() -> [MemoryLimit] {
    let programs = max(0, (ProcessUsage.bytes("VmSize") ?? 0) - (ProcessUsage.bytes("VmData") ?? 0))
    let data = resourceLimit(RLIMIT_DATA).map { MemoryLimit(name: "RLIMIT_DATA", bytes: $0) }
    let all = resourceLimit(RLIMIT_AS).map { MemoryLimit(name: "RLIMIT_AS", bytes: max(0, $0 - programs)) }
    return [data, all].compactMap(\.self)
  }

  private static func resourceLimit(_ resource: __rlimit_resource) -> Int? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return nil }
    // What does not fit is no limit.
    return Int(exactly: limit.rlim_cur)
  }

  /// The limits of control groups. `membership` is a text like that of `/proc/self/cgroup`, and `read` gives a file's text, or
  /// nil. In a container the names in that text may be those that the groups have outside: then only the first folder is there.
  static func groupLimits(of membership: String, read: (String) -> String?) -> [MemoryLimit] {
    membership.split(separator: "\n").flatMap { line -> [MemoryLimit] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let file: (top: String, name: String)
      if fields[0] == "0", fields[1].isEmpty {
        file = ("/sys/fs/cgroup", "memory.max")
      } else if fields[1].split(separator: ",").contains("memory") {
        file = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
      } else {
        return []
      }
      var folder = file.top
      var folders = [folder]
      for part in fields[2].split(separator: "/") {
        folder += "/\(part)"
        folders.append(folder)
      }
      return folders.compactMap { folder in
        let path = "\(folder)/\(file.name)"
        let digits = read(path)?.split(separator: "\n").first
        return digits.flatMap { Int($0) }.map { MemoryLimit(name: path, bytes: $0) }
      }
    }
  }

  private static func text(_ path: String) -> String? {
    (try? readFile(path, limit: 1 << 16).bytes).map { String(decoding: $0, as: UTF8.self) }
  }
}
