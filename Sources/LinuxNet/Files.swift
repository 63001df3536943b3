import Glibc
public import MixNet
import Synchronization

/// A file that was read, with what a reader of secrets must check.
public struct FileContent: Sendable {
  /// The whole content.
  public let bytes: [UInt8]
  /// The permission bits: 0o600 for a file that its owner alone may read and write.
  public let mode: UInt32
  /// The user whose file it is.
  public let owner: UInt32
}

/// Reads a regular file of at most `limit` bytes. It waits for the disk: workers use ``FileStorage``.
public func readFile(_ path: String, limit: Int) throws(StorageError) -> FileContent {
  try FileTask(path).read(limit: limit)
}

/// Reads at most `count` bytes of a regular file from `offset` on: fewer only where it ends. It waits for the disk.
public func readFile(_ path: String, from offset: Int, count: Int) throws(StorageError) -> [UInt8] {
  try FileTask(path).read(from: offset, count: count)
}

/// Makes `bytes` the whole content of a file with these permission bits, whatever the umask: all of it or nothing, even
/// through a crash. A crash may leave a file `.replacing-…` beside it, which nobody reads.
///
/// - Parameter isNew: the file must not exist yet, which no race can get around: for keys.
public func writeFile(
  _ path: String, _ bytes: [UInt8], mode: UInt32, isNew: Bool = false
) throws(StorageError) {
  try FileTask(path).replace(bytes, mode: mode, isNew: isNew)
}

/// Makes a folder, and those above it, with these permission bits less the umask. One that is there is left as it is.
public func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(StorageError) {
  let task = try FileTask(path)
  var end = path.startIndex
  repeat {
    end = path[end...].dropFirst().firstIndex(of: "/") ?? path.endIndex
    if mkdir(String(path[..<end]), mode) == 0 { continue }
    var found = stat()
    let code = errno
    // A folder above may be on a read-only disk or another's: what counts is that it is there.
    guard stat(String(path[..<end]), &found) == 0 else { throw task.failure(code) }
    guard found.st_mode & S_IFMT == S_IFDIR else { throw task.failure(ENOTDIR) }
  } while end < path.endIndex
}

/// Paths as text.
enum Paths {
  /// The folder that `path` is in.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
