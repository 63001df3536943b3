import LinuxNet
import MixHost

/// Compares what a node takes of memory with what the system lets it have, before the node takes any: later it would be ended in
/// the midst of its work.
enum MemoryRoom {
  /// Throws when there is not even room for what the node takes at its start; gives a note when there is none for what it may
  /// take at most. Both sizes are in bytes, as `hearsay check` sums them.
  static func compare(atStart: Int, atMost: Int, with limit: MemoryLimit?) throws(CommandError) -> String? {
    guard let limit, limit.bytes < atMost else { return nil }
    let left = "\(limit.name) leaves it \(Terminal.size(limit.bytes))"
    guard limit.bytes >= atStart else {
      throw CommandError(
        "the node takes \(Terminal.size(atStart)) of memory at its start, and \(left): raise that, or lower what "
          + "'hearsay check' lists")
    }
    return "the node may come to take \(Terminal.size(atMost)) of memory, and \(left): then it would end"
  }
}
