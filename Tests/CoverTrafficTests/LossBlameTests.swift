import MixHost
import MixNet
import Synchronization
import Testing

@testable import CoverTraffic

struct LossBlameTests {
  /// Writes down what it is told.
  private final class Scores: ScoreBook {
    private let told = Mutex<[Bytes32]>([])
    var all: [Bytes32] { told.withLock { $0 } }
    func add(_ conduct: Conduct, of node: Bytes32, at time: Instant) { told.withLock { $0.append(node) } }
    func score(of node: Bytes32, at time: Instant) -> Int { 0 }
  }

  private let nodes = (0..<9).map {
    NetworkDirectory.Node(
      name: "mix-\($0)", layer: $0 / 3, address: Bytes32([UInt8($0)]), chains: [], clients: nil, keys: [])
  }

  /// One loop a second by the node 0 of three layers of three; from the hundredth second on some are lost. Those who are told, by their
  /// places, and the alarms.
  private func told(seed: UInt64, seconds: Int = 400, isLost: (Int, Int) -> Bool) -> (told: [Int], alarms: Int) {
    var random = RandomStream(seed: Seed(seed))
    var book = LoopBook(timeout: .s(10))
    let scores = Scores()
    var blame = LossBlame(scores)
    for second in 0..<seconds {
      let now = Instant(ns: 0) + .s(UInt64(second + 1))
      book.expire(now)
      blame.look(book, nodes, now)
      let (middle, last) = (3 + Int(random.below(3)), 6 + Int(random.below(3)))
      let name = Bytes16(words: [UInt64(second), 1])
      book.send(LoopBook.Loop(name: name, sent: now, route: CoverRoute([middle, last, 0])))
      let isGone = second >= 100 && isLost(middle, last) || random.below(100) == 0
      if !isGone { _ = book.arrive(name, now + .ms(300)) }
    }
    #expect(blame.count == scores.all.count)
    return (scores.all.compactMap { address in nodes.firstIndex { $0.address == address } }, book.alarms)
  }

  /// A node that passes nothing on is told of, and nobody else is.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func whoDropsIsTold(seed: UInt64) {
    let (told, alarms) = told(seed: seed) { middle, _ in middle == 4 }
    #expect(alarms > 0)
    #expect(!told.isEmpty && told.allSatisfy { $0 == 4 })
    // Once in ten seconds at most.
    #expect(told.count <= 30)
  }

  /// Everything for this node is held back on its way: no other node can be told from the rest, and none is blamed.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func whatNobodyCanKnowIsNotTold(seed: UInt64) {
    let (told, alarms) = told(seed: seed) { _, _ in true }
    #expect(alarms == 1)
    #expect(told.isEmpty, "\(told)")
  }

  /// The same where every second packet gets through, whatever its way: chance makes some ways look worse, for hours.
  @Test func chanceIsNotTold() {
    var random = RandomStream(seed: Seed(7))
    let (told, alarms) = told(seed: 1, seconds: 10_000) { _, _ in random.below(2) == 0 }
    #expect(alarms > 100)
    #expect(told.isEmpty, "\(told)")
  }

  /// A day of loops of which honest nodes lose one in a hundred.
  @Test func honestNodesAreNotTold() {
    let (told, alarms) = told(seed: 1, seconds: 86_400) { _, _ in false }
    #expect(told.isEmpty && alarms == 0)
  }
}
