import Glibc
import LinuxNet
import MixNet
import Testing

@Suite struct FilesTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/key"
  }

  @Test func aSecretHasTheModeItWasGiven() throws {
    try writeFile(path, [1, 2, 3], mode: 0o600, isNew: true)
    let secret = try readFile(path, limit: 3)
    #expect(secret.bytes == [1, 2, 3])
    #expect(secret.mode == 0o600)
    #expect(secret.owner == geteuid())
    try writeFile(path, [], mode: 0o666)
    #expect(try readFile(path, limit: 0).mode == 0o666, "whatever the umask says")
    #expect(folder.names == ["key"])
  }

  @Test func aNewFileNeverReplacesAnother() throws {
    try writeFile(path, [1], mode: 0o600, isNew: true)
    #expect {
      try writeFile(path, [2], mode: 0o600, isNew: true)
    } throws: {
      "\($0)" == "\(path): File exists"
    }
    #expect(try readFile(path, limit: 9).bytes == [1])
    #expect(folder.names == ["key"])
    let other = folder.path + "/link"
    #expect(symlink(folder.path + "/none", other) == 0)
    #expect(throws: StorageError.self) { try writeFile(other, [2], mode: 0o600, isNew: true) }
  }

  @Test func whatIsNoRegularFileIsNotRead() throws {
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, folder.path, "/dev/zero"] {
      #expect {
        _ = try readFile(path, limit: 100)
      } throws: {
        "\($0)" == "\(path): not a regular file"
      }
    }
  }

  @Test func pathsThatTheSystemWouldCutAreRefused() throws {
    try writeFile(path, [1], mode: 0o600)
    for path in ["", path + "\0x"] {
      #expect(throws: StorageError.self) { try readFile(path, limit: 9) }
      #expect(throws: StorageError.self) { try writeFile(path, [2], mode: 0o600) }
      #expect(throws: StorageError.self) { try makeFolder(path) }
    }
    #expect(folder.names == ["key"])
  }

  @Test func limitsOfEverySizeAreTaken() throws {
    try writeFile(path, [UInt8](repeating: 3, count: 9_000), mode: 0o600)
    for limit in [9_000, 9_001, .max] { #expect(try readFile(path, limit: limit).bytes.count == 9_000) }
    for limit in [8_999, 0, -1, .min] {
      #expect {
        _ = try readFile(path, limit: limit)
      } throws: {
        "\($0)".hasPrefix("\(path): larger than ")
      }
    }
    // A file that says that it is empty, and is not.
    #expect(try readFile("/proc/self/status", limit: 1 << 16).bytes.count > 500)
    #expect(throws: StorageError.self) { try readFile("/proc/self/status", limit: 100) }
  }

  @Test("fault 15: a file that cannot be replaced")
  func aFailedReplacementLeavesNothing() throws {
    try makeFolder(path)
    #expect(throws: StorageError.self) { try writeFile(path, [1], mode: 0o600) }
    #expect(folder.names == ["key"])
  }

  @Test func foldersAreMadeOnTheWay() throws {
    let deep = folder.path + "/a/b//c/"
    try makeFolder(deep, mode: 0o700)
    try makeFolder(deep, mode: 0o755)
    try writeFile(deep + "file", [1], mode: 0o600)
    #expect(try readFile(folder.path + "/a/b/c/file", limit: 1).bytes == [1])
    var found = stat()
    #expect(stat(folder.path + "/a", &found) == 0 && found.st_mode & 0o777 == 0o700)
    #expect {
      try makeFolder(deep + "file/x")
    } throws: {
      "\($0)" == "\(deep)file/x: Not a directory"
    }
    try makeFolder("/")
  }

  /// A user who may not write there, or a disk that is full, is told so, and what was there stays.
  @Test func whatTheSystemForbidsIsSaidInWords() async {
    await #expect(processExitsWith: .success) {
      try exitAfterUsingFolder { folder in
        let path = folder.path + "/a"
        try writeFile(path, [1, 2, 3], mode: 0o644)
        chmod(folder.path, 0o555)
        // The superuser may write everywhere.
        if geteuid() == 0, seteuid(65_534) != 0 { return 1 }
        do throws(StorageError) {
          try writeFile(path, [4], mode: 0o600)
          return 2
        } catch {
          guard "\(error)" == "\(path): Permission denied" else { return 3 }
        }
        seteuid(0)
        guard try readFile(path, limit: 9).bytes == [1, 2, 3] else { return 4 }
        return 0
      }
    }
  }
}
