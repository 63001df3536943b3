public import MixNet
import Synchronization

/// Files on the disk, by one thread with a bounded queue. Any thread may submit; jobs are done in the order in which
/// they came, and each job that was taken is answered once, on the storage thread.
///
/// What was written has reached the disk when it is answered. New files can be read by their owner alone (0600), and a
/// file that is replaced keeps its permission bits. A failed append leaves the file as it was.
public final class FileStorage: Storage {
  private typealias Entry = (job: StorageJob, done: @Sendable (StorageResult) -> Void)

  private let queue: JobQueue<Entry>
  private let thread: Mutex<Thread?>

  /// Starts the thread; at most `capacity` jobs wait.
  public init(capacity: Int = 256) throws(SystemError) {
    let queue = JobQueue<Entry>(capacity: capacity)
    self.queue = queue
    let started = try Thread("storage") {
      while let (job, done) = queue.pop() { done(FileStorage.result(of: job)) }
    }
    thread = Mutex(started)
  }

  deinit { stop() }

  /// Takes a job, or says false, at once, when too many are waiting or after ``stop()``.
  public func submit(_ job: StorageJob, done: @escaping @Sendable (StorageResult) -> Void) -> Bool {
    queue.push((job, done))
  }

  /// Takes no more jobs, and returns when those that were taken are done. Within a `done` it returns at once.
  public func stop() {
    queue.close()
    guard let thread = thread.withLock({ $0.take() }) else { return }
    if !thread.isCurrent { thread.join() }
  }

  private static func result(of job: StorageJob) -> StorageResult {
    do throws(StorageError) {
      switch job {
      case .read(let path, let limit): return .success(try FileTask(path).read(limit: limit).bytes)
      case .replace(let path, let bytes): try FileTask(path).replace(bytes, mode: nil, isNew: false)
      case .append(let path, let bytes): try FileTask(path).append(bytes)
      case .makeFolder(let path): try makeFolder(path, mode: 0o700)
      case .remove(let path): try FileTask(path).remove()
      }
      return .success([])
    } catch {
      return .failure(error)
    }
  }
}
