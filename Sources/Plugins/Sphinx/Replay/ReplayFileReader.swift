import MixHost
import MixNet

/// Reads a file of tags from its head to its end, a part at a time, as it may be larger than what a node should have in memory
/// beside the tags themselves.
struct ReplayFileReader {
  /// What a file says beside its tags.
  struct Past: Sendable {
    /// False when there is no file: nothing was ever let through under this key.
    var isThere = true
    /// The number of each lane's next record.
    var next = [UInt32](repeating: 0, count: ReplayFile.lanes)
    /// True when a run has begun that says its tags only when it ends, and has not ended.
    var isUnfinished = false
    /// Tags in the file, those that are in it twice once.
    var tags = 0
  }

  private let files: any FileSource
  private let path: String
  private let file: ReplayFile
  private var part: [UInt8] = []
  private var at = 0
  private var offset = 0
  private var past = Past()

  /// Bytes that are read at once; no record is larger than two such parts.
  private static let partSize = 1 << 20

  init(_ file: ReplayFile, at path: String, in files: any FileSource) {
    (self.file, self.path, self.files) = (file, path, files)
  }

  /// Gives each tag to `take`, which says how many it has now, or nil when it has no room. Throws a sentence about what is wrong
  /// with the file.
  mutating func read(_ take: (ReplayTags.Tag) -> Int?) throws(BuildError) -> Past {
    guard try fill(ReplayFile.headSize) else {
      if past.isThere { throw BuildError("\(path) is damaged") }
      return past
    }
    if let fault = file.fault(inHead: part[..<ReplayFile.headSize]) { throw BuildError("\(path) \(fault)") }
    at = ReplayFile.headSize
    while try fill(ReplayFile.recordHead) {
      if let head = ReplayFile.recordHead(part[at...]), try fill(ReplayFile.recordHead + head.bodySize) {
        let end = at + ReplayFile.recordHead + head.bodySize
        if file.isWhole(part[at..<end]) {
          try handle(head, body: at + ReplayFile.recordHead..<end, take)
          at = end
          continue
        }
      }
      skip()
    }
    return past
  }

  /// Goes on to where the next record may begin: a crash, or a disk that failed, may leave a part of one.
  private mutating func skip() {
    repeat { at += 1 } while at < part.count && part[at] != ReplayFile.mark[0]
  }

  private mutating func handle(
    _ head: ReplayFile.Head, body: Range<Int>, _ take: (ReplayTags.Tag) -> Int?
  ) throws(BuildError) {
    let lane = Int(head.lane)
    if head.number > past.next[lane] { throw BuildError("\(path) is damaged: a part of it is missing") }
    // One that is there twice was written again after the disk had said that it had failed.
    if head.number == past.next[lane] { past.next[lane] += 1 }
    switch head.kind {
    case .tags:
      for place in stride(from: body.lowerBound, to: body.upperBound, by: 16) {
        guard let count = take(ReplayTags.Tag(part, at: place)) else {
          throw BuildError("\(path) holds more tags than 'tags_max' lets the node keep")
        }
        past.tags = count
      }
    case .begun: past.isUnfinished = true
    case .ended:
      let said = part[body].prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
      if said > UInt64(past.tags) { throw BuildError("\(path) is damaged: tags are missing") }
      past.isUnfinished = false
    }
  }

  /// Sees to it that `count` bytes are there from the present place on; false when the file ends before.
  private mutating func fill(_ count: Int) throws(BuildError) -> Bool {
    while part.count - at < count {
      if at > 0 {
        part.removeFirst(at)
        at = 0
      }
      let more: [UInt8]
      do throws(StorageError) { more = try files.read(path, from: offset, count: Self.partSize) } catch {
        guard error.isMissing, offset == 0 else { throw BuildError(error.description) }
        past.isThere = false
        return false
      }
      if more.isEmpty { return false }
      offset += more.count
      part += more
    }
    return true
  }
}
