import MixNet

/// What a node has used and done since it began.
struct NodeUsage: Sendable {
  var cpu = Nanos.zero
  /// Allocations of the worker that was asked.
  var allocations = 0
  var framesIn = 0
  var framesOut = 0
  var held = 0
  var residentBytes = 0
  /// What was dropped, by stage and reason: `sphinx/bad_mac`.
  var dropped: [(reason: String, count: Int)] = []

  var droppedInAll: Int { dropped.reduce(0) { $0 + $1.count } }
  /// Frames for which there was no memory.
  var shed: Int { dropped.reduce(0) { $0 + ($1.reason.hasSuffix("/pool_full") ? $1.count : 0) } }

  init() {}

  /// One line of words.
  var line: String {
    ([UInt64(cpu.ns)].map(String.init)
      + [allocations, framesIn, framesOut, held, residentBytes].map(String.init)
      + dropped.map { "\($0.reason)=\($0.count)" }).joined(separator: " ")
  }

  init?(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    let numbers = words.prefix(6).compactMap { Int($0) }
    guard numbers.count == 6 else { return nil }
    cpu = Nanos(UInt64(numbers[0]))
    (allocations, framesIn, framesOut, held, residentBytes) =
      (numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
    for word in words.dropFirst(6) {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let count = Int(parts[1]) else { return nil }
      dropped.append((String(parts[0]), count))
    }
  }
}
