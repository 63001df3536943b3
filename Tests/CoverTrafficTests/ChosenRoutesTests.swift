import MixHost
import MixNet
import Testing

@testable import CoverTraffic

/// Cover goes along what nodes have chosen, as far as that is known.
@Suite struct ChosenRoutesTests {
  /// Says what a test likes.
  private final class Chooser: PeerChooser {
    var choices: [Bytes32: [Bytes32]] { didSet { revision += 1 } }
    private(set) var revision: UInt64 = 1
    /// How often it was asked.
    private(set) var questions = 0
    let epoch: UInt64 = 0

    init(_ choices: [Int: [Int]]) {
      self.choices = Dictionary(
        uniqueKeysWithValues: choices.map { (ChosenRoutesTests.address($0), $1.map(ChosenRoutesTests.address)) })
    }

    func peers(in epoch: UInt64) -> [Bytes32] { [] }
    /// The node whose chooser it is has number 0.
    func isChosen(_ peer: Bytes32) -> Bool { choices[ChosenRoutesTests.address(0)]?.contains(peer) == true }
    func link(to peer: Bytes32) -> LinkID? { nil }
    func peers(of node: Bytes32) -> [Bytes32]? {
      questions += 1
      return choices[node]
    }
  }

  private static func address(_ number: Int) -> Bytes32 { Bytes32(words: [UInt64(number) + 1, 0, 0, 0]) }

  private static func network(_ nodes: Int, layers: Int) -> NetworkDirectory {
    NetworkDirectory(
      nodes: (0..<nodes).map {
        NetworkDirectory.Node(
          name: "mix-\($0)", layer: $0 % layers, address: address($0), chains: [], clients: nil, keys: [])
      })
  }

  private func routes(_ own: Int, _ chooser: Chooser, nodes: Int = 9, layers: Int = 3) -> CoverRoutes {
    CoverRoutes(Self.network(nodes, layers: layers), of: Self.address(own), by: chooser)
  }

  private func hops(_ route: CoverRoute?) -> [Int]? { route.map { route in (0..<route.count).map { route[$0] } } }

  private func all(_ draw: (inout RandomStream) -> CoverRoute?) -> Set<[Int]?> {
    var random = RandomStream(seed: Seed(1))
    return Set((0..<500).map { _ in hops(draw(&random)) })
  }

  /// Layers are 0 3 6, 1 4 7 and 2 5 8.
  private let known = [0: [1, 4], 1: [2, 5], 4: [5, 8], 2: [0, 3], 5: [3, 6], 8: [0, 6]]

  @Test func loopsAndDropsFollowTheChoices() {
    let routes = routes(0, Chooser(known))
    #expect(all { routes.loop(&$0) } == [[1, 2, 0], [4, 8, 0]])
    #expect(all { routes.drop(&$0) } == [[1, 2], [1, 5], [4, 5], [4, 8]])
    #expect(routes.nextHops == [1, 4])
    let last = self.routes(2, Chooser([2: [0, 3], 0: [1, 4], 3: [4, 7], 4: [2, 5]]))
    #expect(all { last.loop(&$0) } == [[0, 4, 2], [3, 4, 2]])
    #expect(all { last.drop(&$0) } == [[0, 4, 2], [0, 4, 5], [3, 4, 2], [3, 4, 5]])
    #expect(all { last.drop(&$0, endsInFirst: true) } == [[0], [3]])
    // Of peers in all layers those of the next one alone are passed.
    let wide = self.routes(0, Chooser([0: [3, 1, 8], 1: [0, 2, 4], 2: [1, 0]]))
    #expect(wide.nextHops == [1] && all { wide.loop(&$0) } == [[1, 2, 0]])
  }

  /// Each possible way is as likely as any other: 1,000 draws of one in each of two and of four.
  @Test func possibleWaysAreAllAlike() {
    let routes = routes(0, Chooser(known))
    var random = RandomStream(seed: Seed(4))
    var counts: [[Int]: Double] = [:]
    for _ in 0..<4_000 { counts[hops(routes.drop(&random)) ?? [], default: 0] += 1 }
    let square = counts.values.reduce(0) { $0 + ($1 - 1_000) * ($1 - 1_000) / 1_000 }
    // Chi squared of three degrees of freedom, p > 0.001.
    #expect(counts.count == 4 && square < 16.27, "\(counts)")
  }

  /// No way goes by a node whose choice is not known, nor by one that has not chosen the next.
  @Test func whatIsUnknownIsNotGuessed() {
    let chooser = Chooser(known)
    let routes = routes(0, chooser)
    chooser.choices[Self.address(1)] = nil
    #expect(all { routes.loop(&$0) } == [[4, 8, 0]])
    chooser.choices[Self.address(8)] = [Self.address(3)]
    #expect(all { routes.loop(&$0) } == [nil])
    #expect(all { routes.drop(&$0) } == [[4, 5], [4, 8]])
    chooser.choices[Self.address(0)] = nil
    #expect(all { routes.drop(&$0) } == [nil] && routes.nextHops == [])
    // A node that is in no network file is none.
    chooser.choices[Self.address(0)] = [Self.address(77)]
    #expect(all { routes.drop(&$0) } == [nil] && routes.nextHops == [])
  }

  /// Who chooses is asked when something has changed, and not for each packet.
  @Test func waysAreCountedOnce() {
    let chooser = Chooser(known)
    let routes = routes(0, chooser)
    _ = all { routes.loop(&$0) }
    let once = chooser.questions
    _ = all { routes.drop(&$0) }
    #expect(once == 9 && chooser.questions == once)
    chooser.choices[Self.address(1)] = nil
    _ = all { routes.drop(&$0) }
    #expect(chooser.questions == 2 * once)
  }

  @Test func smallAndLargeNetworks() {
    let one = routes(0, Chooser([0: [1], 1: [0]]), nodes: 2, layers: 1)
    #expect(all { one.loop(&$0) } == [nil] && all { one.drop(&$0) } == [[1]] && one.nextHops == [])
    let two = routes(0, Chooser([0: [1], 1: [0]]), nodes: 2, layers: 2)
    #expect(all { two.loop(&$0) } == [[1, 0]] && all { two.drop(&$0) } == [[1]])
    let stranger = routes(77, Chooser(known))
    #expect(all { stranger.loop(&$0) } == [nil] && stranger.nextHops == [])
    let six = routes(0, Chooser([0: [1], 1: [2]]), nodes: 6, layers: 6)
    #expect(all { six.drop(&$0) } == [nil])
  }
}
