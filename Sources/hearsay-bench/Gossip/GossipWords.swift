/// What `hearsay-bench gossip` is asked for.
struct GossipWords {
  enum Trial: String { case kill, stall }

  var nodes = 32
  /// Bytes of a payload, a multiple of eight.
  var size = 256
  /// Messages a second of all publishers together; 0: as fast as they are taken.
  var rate = 400
  var seconds = 10
  /// How many nodes publish; 0: all.
  var publishers = 0
  private var threadsAsked: Int?
  /// Nodes are killed or stopped instead, each in a process of its own.
  var trial: Trial?
  var trials = 100
  var isJSON = false

  static let help = """
    hearsay-bench gossip [--nodes N] [--size BYTES] [--rate N] [--seconds N] [--publishers N] [--threads N] [--json]
    hearsay-bench gossip --kill | --stall [--nodes N] [--trials N] [--json]

    A cluster over loopback. The first publishes, all nodes in one process, with a cluster's key and again with signatures; rate 0
    is as fast as messages are taken. The nodes share a thread for every 20,000 deliveries a second that are asked for (8,000 with
    signatures), at most as many as there are processors, which it is with rate 0; or so many as --threads says, 0: each has its own. They keep the
    messages of two seconds, or 32 MiB where more may come than is worked off at once.
    The second kills a node (SIGKILL), or stops it (SIGSTOP), and says when all others knew.
    """

  init(_ words: [String]) throws(BenchError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--json": isJSON = true
      case "--kill", "--stall": trial = Trial(rawValue: String(word.dropFirst(2)))
      case "--nodes": nodes = try Self.number(word, rest.popFirst(), 2...64)
      case "--size": size = try Self.number(word, rest.popFirst(), 16...8_192) / 8 * 8
      case "--rate": rate = try Self.number(word, rest.popFirst(), 0...1_000_000)
      case "--seconds": seconds = try Self.number(word, rest.popFirst(), 1...600)
      case "--threads": threadsAsked = try Self.number(word, rest.popFirst(), 0...64)
      case "--publishers": publishers = try Self.number(word, rest.popFirst(), 1...64)
      case "--trials": trials = try Self.number(word, rest.popFirst(), 1...1_000)
      default:
        throw BenchError(
          "gossip has no option '\(word)' (options: --nodes, --size, --rate, --seconds, --publishers, --threads, --kill, --stall, --trials, --json)"
        )
      }
    }
    publishers = publishers == 0 ? nodes : min(publishers, nodes)
  }

  /// Threads on which the nodes live together; 0: each has its own. No more than the load needs: each is one more to be woken for the same
  /// deliveries.
  func threads(isSigned: Bool) -> Int {
    // Deliveries a second that are no trouble for one.
    let most = isSigned ? 8_000 : 20_000
    let needed = rate == 0 ? .max : (rate * nodes + most - 1) / most
    return min(nodes, threadsAsked ?? min(needed, max(1, Machine().cores)))
  }

  /// Bytes of messages that a node keeps: those of two seconds, so that most of the time their memory has been used before and no fresh page has to be
  /// cleared while a delivery waits. Where more may come than is worked off at once, what comes late must still be there, ten seconds later.
  func history(isSigned: Bool) -> Int {
    let most = 32 << 20
    // Some 25 us each.
    let isMuch = rate == 0 || rate * nodes > 40_000 * max(1, Machine().cores)
    return isSigned || isMuch ? most : min(most, max(64 << 10, 2 * max(rate, Self.warmRate) * (size + Self.overhead)))
  }

  /// Messages a second before time is taken, at least.
  static var warmRate: Int { 50 }

  /// Bytes of a message beside its payload, about.
  private static var overhead: Int { 192 }

  private static func number(
    _ word: String, _ text: String?, _ range: ClosedRange<Int>
  ) throws(BenchError) -> Int {
    guard let number = text.flatMap({ Int($0) }), range.contains(number) else {
      throw BenchError("\(word) needs a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
