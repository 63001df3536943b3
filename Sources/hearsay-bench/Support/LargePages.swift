import Glibc

/// Large pages for all memory of this process: with many nodes in it, each delivery meets dozens of small pages that no processor remembers.
enum LargePages {
  private static let setting = "GLIBC_TUNABLES"
  /// One arena, which grows by half a gibibyte of addresses, and asks for large pages (glibc 2.35 and later).
  private static let wanted = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1:glibc.malloc.top_pad=536870912"

  /// Starts this program anew with them, since the C library reads this setting when it starts; where somebody has set it, or the start
  /// fails, the program goes on as it is.
  static func ask() {
    guard unsafe getenv(setting) == nil, unsafe setenv(setting, wanted, 1) == 0 else { return }
    unsafe _ = execv("/proc/self/exe", CommandLine.unsafeArgv)
  }
}
