public import MixNet

/// Where the storage contract is checked.
public protocol StorageWorld: AnyObject {
  /// The provider.
  var storage: any Storage { get }
  /// An empty folder.
  var folder: String { get }
  /// Lets the storage go on until `isDone`, or for five seconds.
  func settle(until isDone: () -> Bool)
}

extension StorageWorld {
  /// Does jobs that are submitted at once and gives their results in the order in which they were answered.
  func results(_ jobs: [StorageJob]) throws -> [StorageResult] {
    let answers = Answers<StorageResult>()
    for job in jobs {
      try demand(storage.submit(job) { answers.add($0) }, "the job is taken")
    }
    return try answers.wait(jobs.count, settle)
  }

  /// Does one job.
  func result(_ job: StorageJob) throws -> StorageResult { try results([job])[0] }
}

/// What every ``MixNet/Storage`` promises.
public enum StorageContract {
  /// One promise.
  public typealias Check = ContractCheck<any StorageWorld>

  /// All promises.
  public static let checks: [Check] = [
    Check("what was written is read") { world in
      let path = world.folder + "/a"
      for size in [0, 1, 100_000, 7] {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try demand(try bytesOf(world.result(.replace(path: path, bytes: bytes))), is: [], "a replacement")
        try demand(try bytesOf(world.result(.read(path: path, limit: size))) == bytes, "\(size) bytes read")
      }
    },
    Check("jobs are done in order, each answered once") { world in
      let path = world.folder + "/log"
      var jobs = (0..<40).map { StorageJob.append(path: path, bytes: [UInt8($0)]) }
      jobs.append(.read(path: path, limit: 1_000))
      jobs.append(.remove(path: path))
      jobs.append(.append(path: path, bytes: [99]))
      jobs.append(.read(path: path, limit: 1_000))
      let results = try world.results(jobs)
      try demand(try bytesOf(results[40]), is: Array(0..<40), "after 40 appends")
      try demand(try bytesOf(results[43]), is: [99], "after the removal")
    },
    Check("a file that is larger than the limit is not read") { world in
      let path = world.folder + "/a"
      _ = try bytesOf(world.result(.replace(path: path, bytes: [1, 2, 3])))
      try demand(try errorOf(world.result(.read(path: path, limit: 2))), about: path)
      try demand(try bytesOf(world.result(.read(path: path, limit: 3))), is: [1, 2, 3], "at the limit")
    },
    Check("a file that is not there is a failure to read, and none to remove") { world in
      let path = world.folder + "/none"
      try demand(try errorOf(world.result(.read(path: path, limit: 10))), about: path)
      try demand(try bytesOf(world.result(.remove(path: path))), is: [], "a removal")
    },
    Check("a folder that is not there is a failure to write") { world in
      let path = world.folder + "/none/a"
      try demand(try errorOf(world.result(.replace(path: path, bytes: [1]))), about: path)
      try demand(try errorOf(world.result(.append(path: path, bytes: [1]))), about: path)
    },
    Check("a folder is made with those above it, and once more without harm") { world in
      let folder = world.folder + "/x/y"
      for _ in 0..<2 { try demand(try bytesOf(world.result(.makeFolder(path: folder))), is: [], "a new folder") }
      try demand(try bytesOf(world.result(.replace(path: folder + "/a", bytes: [7]))), is: [], "a file in it")
      try demand(try bytesOf(world.result(.read(path: folder + "/a", limit: 10))), is: [7], "the file in it")
      try demand(try errorOf(world.result(.makeFolder(path: folder + "/a"))), about: folder + "/a")
    },
  ]

  private static func bytesOf(_ result: StorageResult) throws -> [UInt8] { try result.get() }

  private static func errorOf(_ result: StorageResult) throws -> StorageError {
    guard case .failure(let error) = result else { throw ContractFailure(description: "it did not fail") }
    return error
  }

  private static func demand(_ error: StorageError, about path: String) throws {
    try ProviderContract.demand(error.path, is: path, "the file")
    try ProviderContract.demand(!error.detail.isEmpty, "a reason in words")
  }

  private static func demand(_ isKept: Bool, _ expected: String) throws {
    try ProviderContract.demand(isKept, expected)
  }

  private static func demand(_ found: [UInt8], is wanted: [UInt8], _ what: String) throws {
    try ProviderContract.demand(found, is: wanted, what)
  }
}
