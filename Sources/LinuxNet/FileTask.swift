import Glibc
import MixNet

/// One piece of work on one file, done at once on the calling thread.
struct FileTask {
  private let path: String

  /// Refuses a path that the system would understand as another one.
  init(_ path: String) throws(StorageError) {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw StorageError(path: path, detail: "not a path") }
    self.path = path
  }

  /// An error with the system's words for an errno.
  func failure(_ code: Int32) -> StorageError {
    StorageError(path: path, detail: systemText(code), isMissing: code == ENOENT)
  }

  /// Reads the whole file.
  func read(limit: Int) throws(StorageError) -> FileContent {
    let limit = min(max(0, limit), Int.max - 1)
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
    guard let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) else { throw failure(errno) }
    var about = stat()
    guard fstat(file.raw, &about) == 0 else { throw failure(errno) }
    guard about.st_mode & S_IFMT == S_IFREG else { throw StorageError(path: path, detail: "not a regular file") }
    guard about.st_size <= limit else { throw tooLarge(limit) }
    // The size is only a hint: the file may grow meanwhile, and those of /proc say 0. One byte more shows too much.
    var bytes: [UInt8] = []
    var chunk = Int(about.st_size) + 1
    while true {
      let count = try append(to: &bytes, from: file.raw, at: Int64(bytes.count), size: chunk)
      guard bytes.count <= limit else { throw tooLarge(limit) }
      if count == 0 { break }
      chunk = min(4_096, limit - bytes.count + 1)
    }
    return FileContent(bytes: bytes, mode: UInt32(about.st_mode) & 0o7777, owner: about.st_uid)
  }

  /// Reads at most `count` bytes from `offset` on.
  func read(from offset: Int, count: Int) throws(StorageError) -> [UInt8] {
    guard offset >= 0, count > 0 else { return [] }
    guard let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) else { throw failure(errno) }
    var about = stat()
    guard fstat(file.raw, &about) == 0 else { throw failure(errno) }
    guard about.st_mode & S_IFMT == S_IFREG else { throw StorageError(path: path, detail: "not a regular file") }
    let rest = max(0, Int(about.st_size) - offset)
    var bytes: [UInt8] = []
    while bytes.count < min(count, rest) {
      let size = min(count, rest) - bytes.count
      guard try append(to: &bytes, from: file.raw, at: Int64(offset + bytes.count), size: size) > 0 else { break }
    }
    return bytes
  }

  /// Writes a temporary file in the same folder and puts it in the file's place.
  ///
  /// - Parameter mode: nil keeps the permission bits of the file that is there, or gives 0600 when there is none.
  func replace(_ bytes: [UInt8], mode: UInt32?, isNew: Bool) throws(StorageError) {
    let folder = Paths.folder(of: path)
    // By chance, not by number: what a process before this one left behind must not be in the way.
    let temporary = "\(folder)/.replacing-\(UInt64.random(in: 0 ... .max))"
    guard let file = Descriptor(open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)) else {
      throw failure(errno)
    }
    do throws(StorageError) {
      try write(bytes, to: file.raw)
      guard fchmod(file.raw, mode ?? presentMode() ?? 0o600) == 0, fsync(file.raw) == 0 else { throw failure(errno) }
      if isNew {
        // A link, unlike a rename, fails when the name is taken.
        guard link(temporary, path) == 0 else { throw failure(errno) }
        unlink(temporary)
      } else {
        guard rename(temporary, path) == 0 else { throw failure(errno) }
      }
    } catch {
      unlink(temporary)
      throw error
    }
    try syncFolder(folder)
  }

  /// Adds bytes at the end; what could be written only in part is taken back.
  func append(_ bytes: [UInt8]) throws(StorageError) {
    let isThere = presentMode() != nil
    guard let file = Descriptor(open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)) else {
      throw failure(errno)
    }
    var about = stat()
    guard fstat(file.raw, &about) == 0 else { throw failure(errno) }
    guard about.st_mode & S_IFMT == S_IFREG else { throw StorageError(path: path, detail: "not a regular file") }
    do throws(StorageError) {
      try write(bytes, to: file.raw)
      guard fdatasync(file.raw) == 0 else { throw failure(errno) }
    } catch {
      ftruncate(file.raw, about.st_size)
      throw error
    }
    if !isThere { try syncFolder(Paths.folder(of: path)) }
  }

  /// Removes the file.
  func remove() throws(StorageError) {
    if unlink(path) != 0 {
      guard errno == ENOENT else { throw failure(errno) }
      return
    }
    try syncFolder(Paths.folder(of: path))
  }

  private func tooLarge(_ limit: Int) -> StorageError {
    StorageError(path: path, detail: "larger than \(limit) bytes")
  }

  private func presentMode() -> UInt32? {
    var about = stat()
    return stat(path, &about) == 0 ? UInt32(about.st_mode) & 0o7777 : nil
  }

  private func append(
    to bytes: inout [UInt8], from file: Int32, at offset: Int64, size: Int
  ) throws(StorageError) -> Int {
    var count = 0
    let piece = [UInt8](unsafeUninitializedCapacity: size) { room, used in
      repeat { count = pread(file, room.baseAddress, size, off_t(offset)) } while count < 0 && errno == EINTR
      used = max(0, count)
    }
    guard count >= 0 else { throw failure(errno) }
    if bytes.isEmpty { bytes = piece } else { bytes += piece }
    return count
  }

  private func write(_ bytes: [UInt8], to file: Int32) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: done), $0.count - done) }
      if count > 0 { done += count } else if errno != EINTR { throw failure(errno) }
    }
  }

  /// Makes a new, renamed or removed name last. File systems that cannot do so for a folder say EINVAL.
  private func syncFolder(_ folder: String) throws(StorageError) {
    guard let opened = Descriptor(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else { throw failure(errno) }
    guard fsync(opened.raw) == 0 || errno == EINVAL else { throw failure(errno) }
  }
}
