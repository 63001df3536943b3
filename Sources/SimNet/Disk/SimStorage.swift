public import MixNet
import Synchronization

/// The files of a simulated host, as its reactors use them: jobs wait here until the world gives them to the disk, one
/// after the other.
public final class SimStorage: Storage {
  /// A job and whom to tell.
  typealias Entry = (job: StorageJob, done: @Sendable (StorageResult) -> Void)

  private let bell: Doorbell
  private let host: UInt32
  private let jobsMax: Int
  private let waiting = Mutex<[Entry]>([])

  init(bell: Doorbell, host: UInt32, jobsMax: Int) {
    self.bell = bell
    self.host = host
    self.jobsMax = jobsMax
  }

  /// Takes a job, or says false when too many are waiting.
  public func submit(_ job: StorageJob, done: @escaping @Sendable (StorageResult) -> Void) -> Bool {
    let isTaken = waiting.withLock { jobs in
      guard jobs.count < jobsMax else { return false }
      jobs.append((job, done))
      return true
    }
    if isTaken { bell.ring(.disk(host)) }
    return isTaken
  }

  /// How many more jobs it takes now.
  var room: Int { waiting.withLock { max(0, jobsMax - $0.count) } }

  /// The job at the front, which stays there until ``finish()``.
  var first: Entry? { waiting.withLock { $0.first } }

  func finish() { waiting.withLock { jobs in if !jobs.isEmpty { jobs.removeFirst() } } }

  /// The process is gone: nobody is told.
  func dropJobs() { waiting.withLock { $0 = [] } }
}
