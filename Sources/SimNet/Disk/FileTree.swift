import MixNet

/// Files and folders by path, in the order of their paths, so that nothing depends on how paths hash.
struct FileTree {
  struct File {
    var path: String
    /// What a program sees.
    var bytes: [UInt8]
    /// What is left when the power goes; nil when that is the same. `.none` inside: the file is gone then.
    var lasting: [UInt8]??
    /// The fault because of which that is not the same.
    var lie: FaultFamily?
  }

  private(set) var files: [File] = []
  private var folders: [String] = []

  var used: Int { files.reduce(0) { $0 + $1.bytes.count } }
  var paths: [String] { files.map(\.path) }

  /// The place of a path, or where it belongs.
  private func place(of path: String) -> (at: Int, isThere: Bool) {
    var (low, high) = (0, files.count)
    while low < high {
      let middle = (low + high) / 2
      if files[middle].path < path { low = middle + 1 } else { high = middle }
    }
    return (low, low < files.count && files[low].path == path)
  }

  func bytes(of path: String) -> [UInt8]? {
    let (at, isThere) = place(of: path)
    return isThere ? files[at].bytes : nil
  }

  func read(_ path: String, limit: Int) -> StorageResult {
    guard let bytes = bytes(of: path) else {
      let detail = hasFolder(path) ? "Is a directory" : "No such file or directory"
      return .failure(StorageError(path: path, detail: detail, isMissing: !hasFolder(path)))
    }
    guard bytes.count <= limit else {
      return .failure(StorageError(path: path, detail: "larger than \(max(0, limit)) bytes"))
    }
    return .success(bytes)
  }

  /// Why a file cannot be written at `path`; nil when it can.
  func obstacle(_ path: String) -> StorageError? {
    guard !path.isEmpty, !path.utf8.contains(0) else { return StorageError(path: path, detail: "not a path") }
    if hasFolder(path) { return StorageError(path: path, detail: "Is a directory") }
    guard hasFolder(Self.folder(of: path)) else { return StorageError(path: path, detail: "No such file or directory") }
    return nil
  }

  /// Puts bytes there. `lasting` is what is left of it when the power goes because of a `lie`, nil for all of it.
  mutating func write(_ bytes: [UInt8], at path: String, lasting: [UInt8]?? = nil, lie: FaultFamily? = nil) {
    let (at, isThere) = place(of: path)
    if isThere {
      files[at].bytes = bytes
      files[at].lasting = lasting
      files[at].lie = lie
    } else {
      files.insert(File(path: path, bytes: bytes, lasting: lasting, lie: lie), at: at)
    }
  }

  /// Puts bytes behind those of a file, all of which last then; false when there is no such file. Nothing is copied: files that
  /// grow with each packet become long.
  mutating func append(_ bytes: [UInt8], to path: String) -> Bool {
    let (at, isThere) = place(of: path)
    guard isThere else { return false }
    files[at].bytes += bytes
    files[at].lasting = nil
    files[at].lie = nil
    return true
  }

  /// What is left of a file when the power goes; nil when nothing is.
  func lasting(_ path: String) -> [UInt8]? {
    let (at, isThere) = place(of: path)
    guard isThere else { return nil }
    return files[at].lasting ?? files[at].bytes
  }

  mutating func remove(_ path: String) {
    let (at, isThere) = place(of: path)
    if isThere { files.remove(at: at) }
  }

  /// Changes a file's bytes in place, as a wrong write does.
  mutating func damage(_ at: Int, _ change: (inout [UInt8]) -> Void) {
    change(&files[at].bytes)
    files[at].lasting = nil
    files[at].lie = nil
  }

  /// The power is gone: only what lasts is left. Gives the files that are not what they were.
  mutating func losePower() -> [DiskWound] {
    var wounds: [DiskWound] = []
    for at in files.indices {
      guard case .some(let left) = files[at].lasting else { continue }
      if left != files[at].bytes, let lie = files[at].lie {
        wounds.append(DiskWound(path: files[at].path, family: lie))
      }
      guard let left else { continue }
      files[at].bytes = left
      files[at].lasting = nil
      files[at].lie = nil
    }
    files.removeAll { if case .some(.none) = $0.lasting { true } else { false } }
    return wounds
  }

  mutating func install(_ bytes: [UInt8], at path: String) {
    _ = makeFolder(Self.folder(of: path))
    write(bytes, at: path)
  }

  mutating func makeFolder(_ path: String) -> StorageError? {
    var missing: [String] = []
    var folder = path
    while !hasFolder(folder) {
      if bytes(of: folder) != nil { return StorageError(path: path, detail: "Not a directory") }
      missing.append(folder)
      folder = Self.folder(of: folder)
    }
    folders += missing
    return nil
  }

  /// The root and the folder that the process runs in are always there.
  func hasFolder(_ path: String) -> Bool { path == "/" || path == "." || path.isEmpty || folders.contains(path) }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
