import Glibc

/// How many files and sockets a process may have open at once.
public enum DescriptorLimit {
  /// What the kernel allows by default (fs.nr_open).
  private static let most: rlim_t = 1 << 20

  /// Takes as many as the system lets the process have. Shells and service managers give 1,024 of them for the sake of programs that use
  /// select(2), which finds no more; a node with a thousand links needs more, and waits with epoll.
  ///
  /// What the system refuses stays as it was: a node whose descriptors are used up turns newcomers away. Programs call it for
  /// themselves; a library does not change what its program may do.
  public static func raise() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
    _ = unsafe setrlimit(resource, &limit)
  }
}
