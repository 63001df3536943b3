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

  private let nodes = (0..<30).map {
    NetworkDirectory.Node(
      name: "mix-\($0)", layer: 0, address: Bytes32([UInt8($0)]), chains: [], clients: nil, keys: [])
  }

  /// One loop a second by the node 0 through two layers behind its own, the nodes of which begin at `width` and at twice that; from the hundredth
  /// second on some are lost. Those who are told, by their places, and the alarms.
  private func told(
    seed: UInt64, seconds: Int = 400, width: Int = 3, isLost: (Int, Int) -> Bool
  ) -> (told: [Int], alarms: Int) {
    var random = RandomStream(seed: Seed(seed))
    var book = LoopBook(timeout: .s(10))
    let scores = Scores()
    var blame = LossBlame(scores)
    for second in 0..<seconds {
      let now = Instant(ns: 0) + .s(UInt64(second + 1))
      book.expire(now)
      blame.look(book, nodes, now)
      let (middle, last) = (width + Int(random.below(UInt64(width))), 2 * width + Int(random.below(UInt64(width))))
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

  /// The same where some packets get through, whatever their way: chance makes some ways look worse, for hours.
  @Test(arguments: [3, 6, 10], [50, 80, 95] as [UInt64]) func chanceIsNotTold(width: Int, lost: UInt64) {
    var random = RandomStream(seed: Seed(7))
    let (told, alarms) = told(seed: 1, seconds: 3_000, width: width) { _, _ in random.below(100) < lost }
    #expect(alarms > 0)
    #expect(told.isEmpty, "\(told)")
  }

  /// All of 58 loops by one node of a layer were lost, and both that went by the other came home: that may well be chance and the
  /// node behind them, though the likeliest story has one that lost everything.
  @Test func theLikeliestStoryIsNotTheOnlyOne() {
    let lost = [(route: CoverRoute, isLost: Bool)](repeating: (CoverRoute([1, 2, 0]), true), count: 58)
    let back = [(route: CoverRoute, isLost: Bool)](repeating: (CoverRoute([3, 2, 0]), false), count: 2)
    #expect(LossBlame.accused(nodes: 4, lost + back).isEmpty)
    let estimate = LossEstimate(nodes: 4, lost + back).nodes
    // Worked out by hand: where the logarithm of the likelihood has fallen by 1.92. The other's interval is the one that costs nothing.
    #expect(abs(estimate[1].low - 0.969) < 0.01 && estimate[2].high > 0.617, "\(estimate)")
  }

  /// A day of loops of which honest nodes lose one in a hundred.
  @Test func honestNodesAreNotTold() {
    let (told, alarms) = told(seed: 1, seconds: 86_400) { _, _ in false }
    #expect(told.isEmpty && alarms == 0)
  }
}
