import Glibc
import LinuxNet
import MixNet
import Synchronization
import Testing

@Suite struct FileStorageTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/a"
  }

  @Test func aFullQueueSaysNoAndAStopDoesWhatIsQueued() throws {
    let storage = try FileStorage(capacity: 4)
    let (entered, gate, answered) = (SharedCount(), SharedCount(), SharedCount())
    let first = storage.submit(.remove(path: path)) { _ in
      entered.add(1)
      eventually { gate.value > 0 }
    }
    eventually { entered.value == 1 }
    #expect(first && entered.value == 1)
    var taken = 0
    for byte in 0..<10 as Range<UInt8> {
      if storage.submit(.append(path: path, bytes: [byte]), done: { _ in answered.add(1) }) { taken += 1 }
    }
    #expect(taken == 4)
    #expect(answered.value == 0)
    gate.add(1)
    storage.stop()
    #expect(answered.value == 4)
    #expect(try readFile(path, limit: 9).bytes == [0, 1, 2, 3])
    #expect(!storage.submit(.remove(path: path)) { _ in })
    storage.stop()
  }

  @Test func itMayBeStoppedFromWithin() throws {
    let storage = try FileStorage()
    let answered = SharedCount()
    #expect(
      storage.submit(.remove(path: path)) { _ in
        storage.stop()
        answered.add(1)
      })
    eventually { answered.value == 1 }
    #expect(answered.value == 1)
  }

  @Test func droppingItDoesWhatIsQueued() throws {
    let answered = SharedCount()
    do {
      let storage = try FileStorage()
      for _ in 0..<20 { _ = storage.submit(.append(path: path, bytes: [1])) { _ in answered.add(1) } }
    }
    #expect(answered.value == 20)
  }

  @Test func newFilesArePrivateAndReplacedOnesKeepTheirMode() throws {
    let storage = try FileStorage()
    let log = folder.path + "/log"
    _ = storage.submit(.replace(path: path, bytes: [1])) { _ in }
    _ = storage.submit(.append(path: log, bytes: [1])) { _ in }
    storage.stop()
    #expect(try readFile(path, limit: 1).mode == 0o600)
    #expect(try readFile(log, limit: 1).mode == 0o600)
    chmod(path, 0o640)
    let next = try FileStorage()
    _ = next.submit(.replace(path: path, bytes: [2])) { _ in }
    next.stop()
    #expect(try readFile(path, limit: 1).mode == 0o640)
    #expect(folder.names == ["a", "log"])
  }

  /// The limit on the size of a file stands for a full disk: half of what is to be added fits.
  @Test("fault 15: an append that fails")
  func aFailedAppendLeavesTheFileAsItWas() async {
    await #expect(processExitsWith: .success) {
      try exitAfterUsingFolder { folder in
        let path = folder.path + "/a"
        signal(SIGXFSZ, SIG_IGN)
        var few = rlimit(rlim_cur: 1_000, rlim_max: 1_000)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &few)
        let storage = try FileStorage()
        let words = Mutex<[String]>([])
        for job in [
          StorageJob.append(path: path, bytes: [UInt8](repeating: 1, count: 900)),
          .append(path: path, bytes: [UInt8](repeating: 2, count: 200)),
          .replace(path: path, bytes: [UInt8](repeating: 3, count: 1_100)),
          .append(path: path, bytes: [4]),
        ] {
          _ = storage.submit(job) { result in
            words.withLock {
              switch result {
              case .success: $0.append("")
              case .failure(let error): $0.append("\(error)")
              }
            }
          }
        }
        storage.stop()
        guard words.withLock({ $0 }) == ["", "\(path): File too large", "\(path): File too large", ""] else { return 1 }
        guard try readFile(path, limit: 2_000).bytes == [UInt8](repeating: 1, count: 900) + [4] else { return 2 }
        return folder.names == ["a"] ? 0 : 3
      }
    }
  }
}
