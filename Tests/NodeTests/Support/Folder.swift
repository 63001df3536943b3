import Glibc
import LinuxNet

/// A folder that goes with its owner. Its path is short enough for Unix sockets in it.
final class Folder: Sendable {
  let path: String

  init() throws {
    var template = Array("\(P_tmpdir)/hearsay-XXXXXX".utf8CString)
    guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
      throw Missing("no folder could be made")
    }
    path = String(cString: made)
  }

  deinit { removeTree(path) }
}

/// The names in a folder, sorted; those that begin with a dot as well.
func entries(of folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var found: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != "." && name != ".." { found.append(name) }
  }
  return found.sorted()
}

/// Removes a folder and all that is in it.
func removeTree(_ path: String) {
  chmod(path, 0o700)
  for name in entries(of: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
  rmdir(path)
}
