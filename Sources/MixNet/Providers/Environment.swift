/// Time, as one worker reads it.
public protocol Clock: AnyObject {
  /// The monotonic clock.
  var now: Instant { get }
  /// The wall clock; it may jump.
  var wall: WallTime { get }
}

/// Randomness for keys and seeds: the system's, or a seeded stream in a simulation. Any thread may ask.
public protocol Entropy: AnyObject, Sendable {
  /// Fills `bytes` with unpredictable bytes.
  func fill(_ bytes: inout MutableSpan<UInt8>)
}

extension Entropy {
  /// A fresh seed.
  public func seed() -> Seed {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    fill(&span)
    func word(_ at: Int) -> UInt64 { (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[at + $1]) } }
    return Seed(word(0), word(8), word(16), word(24))
  }
}

/// One piece of work for ``Storage``.
public enum StorageJob: Sendable {
  /// Reads a whole file of at most `limit` bytes.
  case read(path: String, limit: Int)
  /// Makes `bytes` the whole content of a file: all of it or nothing, even through a crash.
  case replace(path: String, bytes: [UInt8])
  /// Adds `bytes` at the end of a file, which is made if it is not there.
  case append(path: String, bytes: [UInt8])
  /// Makes a folder and those above it; it is no failure if it is there.
  case makeFolder(path: String)
  /// Removes a file; it is no failure if there is none.
  case remove(path: String)
}

/// What became of a ``StorageJob``: the bytes that were read (none for other jobs), or the system's words for why not.
public typealias StorageResult = Result<[UInt8], StorageError>

/// A file that could not be read or written.
public struct StorageError: Error, CustomStringConvertible, Sendable {
  /// Which file.
  public let path: String
  /// The system's words.
  public let detail: String
  /// True when there is no such file: whoever may begin without it can.
  public let isMissing: Bool
  /// An error about `path`.
  public init(path: String, detail: String, isMissing: Bool = false) {
    self.path = path
    self.detail = detail
    self.isMissing = isMissing
  }
  /// One sentence for an operator.
  public var description: String { "\(path): \(detail)" }
}

/// Files. A worker never waits for a disk: jobs run elsewhere, in order, and `done` is called on a thread of the
/// provider's choice (post to the worker from there).
public protocol Storage: AnyObject, Sendable {
  /// Takes a job, or says false, at once, when too many are waiting.
  func submit(_ job: StorageJob, done: @escaping @Sendable (StorageResult) -> Void) -> Bool
}

/// Everything that a worker has of the world outside. The node that runs in production and the node in a simulation
/// differ in nothing but this.
public struct Environment {
  /// Sockets and the wait for them.
  public let network: any Network
  /// Time.
  public let clock: any Clock
  /// Randomness.
  public let entropy: any Entropy
  /// Files.
  public let storage: any Storage
  /// Names of hosts.
  public let resolver: any Resolver

  /// A world made of these.
  public init(
    network: any Network, clock: any Clock, entropy: any Entropy, storage: any Storage,
    resolver: any Resolver = NoResolver()
  ) {
    self.network = network
    self.clock = clock
    self.entropy = entropy
    self.storage = storage
    self.resolver = resolver
  }
}

/// Files that are read while a node is loaded, before any worker runs: keys and the like.
public protocol FileSource: Sendable {
  /// A whole file of at most `limit` bytes, and its permission bits.
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32)
  /// At most `count` bytes of a file from `offset` on: fewer only where it ends, none behind its end. For files that are
  /// too large to be in memory as a whole.
  func read(_ path: String, from offset: Int, count: Int) throws(StorageError) -> [UInt8]
}

extension FileSource {
  /// Reads the whole file and cuts: for files that lie in memory anyhow.
  public func read(_ path: String, from offset: Int, count: Int) throws(StorageError) -> [UInt8] {
    let bytes = try read(path, limit: .max).bytes
    guard offset >= 0, offset < bytes.count, count > 0 else { return [] }
    return Array(bytes[offset...].prefix(count))
  }
}
