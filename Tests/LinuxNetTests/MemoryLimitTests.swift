import Glibc
import Testing

@testable import LinuxNet

@Suite struct MemoryLimitTests {
  /// As the kernel writes them: version 2, version 1 beside others, both, in a container, and none.
  @Test(
    arguments: [
      ("0::/a/b\n", ["/sys/fs/cgroup/a/memory.max": "4096\n", "/sys/fs/cgroup/a/b/memory.max": "max\n"], [4_096]),
      ("0::/\n", ["/sys/fs/cgroup/memory.max": "8192\n"], [8_192]),
      (
        "9:name=systemd:/\n4:memory:/x/y\n3:cpuset:/\n0::/\n",
        [
          "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
          "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "70000\n",
          "/sys/fs/cgroup/memory/x/y/memory.limit_in_bytes": "80000\n",
        ], [9_223_372_036_854_771_712, 70_000, 80_000]
      ),
      ("4:hugetlb,memory:/outside:1\n", ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "5\n"], [5]),
      ("4:memorable:/\n", ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "5\n"], []),
      ("nonsense\n::\n0:", ["/sys/fs/cgroup/memory.max": ""], []),
      ("", ["/sys/fs/cgroup/memory.max": "1"], []),
    ] as [(String, [String: String], [Int])])
  func groups(_ membership: String, _ files: [String: String], _ expected: [Int]) {
    let limits = MemoryLimit.groupLimits(of: membership) { files[$0] }
    #expect(limits.map(\.bytes) == expected)
    #expect(limits.allSatisfy { files.keys.contains($0.name) })
  }

  /// Of all addresses, those of programs and libraries are taken already.
  @Test func theLimitOfAddressesIsFound() async {
    await #expect(processExitsWith: .success) {
      guard let all = ProcessUsage.bytes("VmSize"), let own = ProcessUsage.bytes("VmData") else { exit(1) }
      let most = all + (256 << 20)
      var limit = rlimit(rlim_cur: rlim_t(most), rlim_max: rlim_t.max)
      guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, let least = MemoryLimit.least() else {
        exit(2)
      }
      let due = most - (all - own)
      exit(least.name == "RLIMIT_AS" && abs(least.bytes - due) < 16 << 20 ? 0 : 3)
    }
  }

  /// The kernel refuses what the limit does not leave.
  @Test func theResourceLimitIsFound() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 512 << 20, rlim_max: rlim_t.max)
      guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else { exit(1) }
      exit(MemoryLimit.least() == MemoryLimit(name: "RLIMIT_DATA", bytes: 512 << 20) ? 0 : 2)
    }
  }
}
