public import MixNet
import Synchronization

/// What lies on a simulated host's disk, and what is wrong with it.
///
/// It outlives the host's processes. What was acknowledged is still there after a crash, unless a fault says otherwise;
/// a job that was under way has been done, or not, or (an append) in part.
public final class SimDisk: FileSource {
  private let state: Mutex<DiskState>

  init(seed: Seed, settings: DiskSettings) { state = Mutex(DiskState(seed: seed, settings: settings)) }

  /// The bytes of a whole file as they are now, without a fault of its own; files have the permission bits 0600.
  public func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    switch state.withLock({ $0.files.read(path, limit: limit) }) {
    case .success(let bytes): (bytes, 0o600)
    case .failure(let error): throw error
    }
  }

  /// Puts a file there at once, with the folders above it: what an operator does before a node is started.
  public func install(_ bytes: [UInt8], at path: String) { state.withLock { $0.files.install(bytes, at: path) } }

  /// Takes a file away at once: what an operator does before a node is started. It is no failure if there is none.
  public func remove(_ path: String) { state.withLock { $0.files.remove(path) } }

  /// How many jobs the disk has done to their end.
  public var jobsDone: Int { state.withLock { $0.jobsDone } }

  /// Makes a folder and those above it, at once.
  public func installFolder(_ path: String) { state.withLock { _ = $0.files.makeFolder(path) } }

  /// The paths of all files, sorted.
  public var paths: [String] { state.withLock { $0.files.paths } }

  /// The bytes of all files together.
  public var used: Int { state.withLock { $0.files.used } }

  /// Takes everything away.
  public func wipe() { state.withLock { $0.wipe() } }

  /// What faults have done to files that were answered as written, in that order.
  public var wounds: [DiskWound] { state.withLock { $0.wounds } }

  /// What a job will do, and how long it takes.
  func begin(_ job: StorageJob, _ plan: FaultPlan, _ extents: FaultExtents) -> DiskPlan {
    state.withLock { $0.begin(job, plan, extents) }
  }

  /// Does the job that was begun.
  func finish(_ extents: FaultExtents) -> StorageResult { state.withLock { $0.finish(extents) } }

  /// The process or the power is gone; says what became of the job that was under way, if there was one.
  func crash(losesPower: Bool) -> StaticString? { state.withLock { $0.crash(losesPower: losesPower) } }
}
