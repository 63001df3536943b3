import CZstd

/// Makes a dictionary from samples of messages, so that small messages of their kind compress well.
package enum DictionaryTrainer {
  /// A dictionary of at most `size` bytes, with an id of its own that follows from the samples; nil when they are too few or too small.
  /// About a hundred times `size` of samples give a good one.
  package static func train(_ samples: [[UInt8]], size: Int) -> [UInt8]? {
    guard size >= 256, let count = UInt32(exactly: samples.count) else { return nil }
    var dictionary = [UInt8](repeating: 0, count: size)
    let all = samples.flatMap { $0 }
    let sizes = samples.map(\.count)
    let written = unsafe ZDICT_trainFromBuffer(&dictionary, size, all, sizes, count)
    guard ZDICT_isError(written) == 0 else { return nil }
    return Array(dictionary[..<written])
  }
}
