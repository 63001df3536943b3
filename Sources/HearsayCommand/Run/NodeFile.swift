import Glibc
import LinuxNet
import MixHost
import MixNet

/// Reads a configuration and makes the node's blueprint of it.
struct NodeFile {
  let path: String
  let registry: Registry

  struct Read {
    let loaded: NodeLoader.Loaded
    let mistakes: [ConfigMistake]
    /// What every key is set to.
    let settings: [ConfigSetting]
  }

  /// A file that cannot be read is one that the operator has named wrongly.
  func read() throws(UsageError) -> Read {
    let text: String
    do {
      text = String(decoding: try readFile(path, limit: 2 << 20).bytes, as: UTF8.self)
    } catch { throw UsageError(error.description) }
    let file = ConfigFile(
      text: text, name: path, environment: Self.environment(), shortNames: registry.shortNames)
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    let loader = NodeLoader(
      registry: registry, files: SystemFiles(), wall: SystemClock().wall, base: folder,
      directory: { NetworkFile.read($0) })
    let loaded = loader.load(file)
    return Read(loaded: loaded, mistakes: file.mistakes, settings: file.settings)
  }

  private static func environment() -> [(String, String)] {
    var pairs: [(String, String)] = []
    var at = unsafe environ
    while let entry = unsafe at.pointee {
      let text = unsafe String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        pairs.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
      }
      unsafe at += 1
    }
    return pairs.sorted { $0.0 < $1.0 }
  }
}

/// The files of this machine.
struct SystemFiles: FileSource {
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    let content = try readFile(path, limit: limit)
    return (content.bytes, content.mode)
  }

  func read(_ path: String, from offset: Int, count: Int) throws(StorageError) -> [UInt8] {
    try readFile(path, from: offset, count: count)
  }
}
