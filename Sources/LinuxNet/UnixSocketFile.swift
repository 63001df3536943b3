import Glibc
import MixNet

/// The file of a listening Unix socket: whose it is, and when it may be removed.
struct UnixSocketFile {
  private let path: String
  private let device: dev_t
  private let inode: ino_t

  /// The file at `path`, as it is now; nil if it is none or no socket.
  private init?(_ path: String) {
    var found = stat()
    guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFSOCK else { return nil }
    self.path = path
    device = found.st_dev
    inode = found.st_ino
  }

  /// Removes the file, unless somebody has put another one in its place.
  func remove() {
    guard let now = UnixSocketFile(path), now.device == device, now.inode == inode else { return }
    unlink(path)
  }

  /// Opens a listening socket at `path` and tells its `file`. A socket file that nobody serves is replaced; any other
  /// file is an error. `mode`: the file's rights from its first moment on; those of the process if nil.
  ///
  /// Between a bind and its listen a socket looks like one that nobody serves, and between the look and the removal
  /// the file may have become another's. So two processes that start at once take turns, by a lock on the folder.
  static func listen(
    _ path: String, backlog: Int32, mode: UInt32?, file: inout UnixSocketFile?
  ) throws(SystemError) -> Descriptor {
    guard let name = SocketAddress(.unix(path)) else { throw SystemError(action: "listen", code: ENAMETOOLONG) }
    // A folder that may not be read is used without a lock.
    guard let folder = Descriptor(open(Paths.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
      return try listen(name, path, backlog: backlog, mode: mode, file: &file)
    }
    takeLock(folder.raw)
    defer { flock(folder.raw, LOCK_UN) }
    return try listen(name, path, backlog: backlog, mode: mode, file: &file)
  }

  private static func listen(
    _ name: SocketAddress, _ path: String, backlog: Int32, mode: UInt32?, file: inout UnixSocketFile?
  ) throws(SystemError) -> Descriptor {
    guard let made = SocketOptions.open(family: AF_UNIX, stream: true) else {
      throw SystemError(action: "listen", code: errno)
    }
    // Linux gives the file the rights that the socket has when it is bound, so there is no moment with others.
    if let mode, fchmod(made.raw, mode) != 0 { throw SystemError(action: "listen", code: errno) }
    var refused = Self.bind(made.raw, name)
    if refused == EADDRINUSE, let old = UnixSocketFile(path), isDead(name) {
      old.remove()
      refused = Self.bind(made.raw, name)
    }
    guard refused == 0 else { throw SystemError(action: "listen", code: refused) }
    file = UnixSocketFile(path)
    guard Glibc.listen(made.raw, backlog) == 0 else {
      let code = errno
      file?.remove()
      throw SystemError(action: "listen", code: code)
    }
    return made
  }

  private static func bind(_ socket: Int32, _ name: SocketAddress) -> Int32 {
    name.pass { Glibc.bind(socket, $0, $1) } == 0 ? 0 : errno
  }

  /// Waits for the other starter, who is soon done; but not for ever on a lock that somebody keeps for other reasons.
  private static func takeLock(_ folder: Int32) {
    for _ in 0..<1_000 {
      if flock(folder, LOCK_EX | LOCK_NB) == 0 { return }
      usleep(1_000)
    }
  }

  /// Whether nobody listens behind a socket file.
  private static func isDead(_ name: SocketAddress) -> Bool {
    guard let probe = SocketOptions.open(family: AF_UNIX, stream: true) else { return false }
    return name.pass { Glibc.connect(probe.raw, $0, $1) } != 0 && errno == ECONNREFUSED
  }
}
