import MixHost
import MixNet
import Synchronization

/// What all workers of a node know of how the tags of one key outlive the process.
///
/// The file is read once, by the worker that is built first. Nothing is let through before ``isOpen``: until then the disk may not
/// yet know that something was.
final class ReplayKeeping: Sendable {
  let config: ReplayConfig
  let tags: ReplayTags
  private let files: any FileSource
  private let past = Mutex<ReplayFileReader.Past?>(nil)
  private let opened = Atomic<Bool>(false)
  private let stored = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)

  init(_ config: ReplayConfig, files: any FileSource) {
    (self.config, self.files) = (config, files)
    tags = ReplayTags(tagsMax: config.tagsMax, isSaved: config.savesAtStop)
  }

  /// True once the disk knows that packets are let through.
  var isOpen: Bool { opened.load(ordering: .acquiring) }
  func open() { opened.store(true, ordering: .releasing) }

  /// Records that the disk has taken, and those that it has not.
  var counts: (stored: Int, failed: Int) { (stored.load(ordering: .relaxed), failed.load(ordering: .relaxed)) }

  func count(_ result: StorageResult) {
    if case .success = result {
      stored.wrappingAdd(1, ordering: .relaxed)
    } else {
      failed.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// Takes in what the file at `path` has kept. Throws when a restart under this key could let a packet through a second time.
  func load(_ file: ReplayFile, at path: String) throws(BuildError) -> ReplayFileReader.Past {
    try past.withLock { (past) throws(BuildError) -> ReplayFileReader.Past in
      if let past { return past }
      var reader = ReplayFileReader(file, at: path, in: files)
      let tags = self.tags
      let read = try reader.read { tags.restore($0) ? tags.count : nil }
      if read.isUnfinished {
        throw BuildError(
          "\(path): the node was not stopped in good order, so which packets it has seen is not known, and its key is "
            + "retired; give the node a new key, in its state folder and in the network file (a key of which all tags are "
            + "on the disk at any time, [replay] durable = true, outlives that)")
      }
      past = read
      return read
    }
  }
}
