import Foundation

/// A folder of its own, for nobody else to enter, that is gone after use.
final class TemporaryFolder {
  let path: String

  init() throws(CommandError) {
    let base = FileManager.default.temporaryDirectory.path
    // Unix sockets in it need short paths. The system chooses a name that nobody has.
    var name = Array("\(base)/hearsay-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&name) != nil else {
      throw CommandError("no folder can be made in \(base): \(unsafe String(cString: strerror(errno)))")
    }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
