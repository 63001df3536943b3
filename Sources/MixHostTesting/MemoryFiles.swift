public import MixNet

/// Files in memory, for stages that read a key or a table when the node is loaded.
public struct MemoryFiles: FileSource {
  private let files: [String: [UInt8]]
  private let mode: UInt32

  /// These files, by path, all with the permission bits `mode`. A relative path in a stage's table begins in the state
  /// folder of ``StageConformance/node``, which is `state`.
  public init(_ files: [String: [UInt8]] = [:], mode: UInt32 = 0o600) {
    self.files = files
    self.mode = mode
  }

  /// The file at `path`, or an error when there is none or it has more than `limit` bytes.
  public func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    guard let bytes = files[path] else { throw StorageError(path: path, detail: "no such file", isMissing: true) }
    guard bytes.count <= limit else { throw StorageError(path: path, detail: "more than \(limit) bytes") }
    return (bytes, mode)
  }
}
