import MixNet
import Testing

@testable import CoverTraffic

struct RoutesTests {
  private func address(_ number: Int) -> Bytes32 { Bytes32(words: [UInt64(number) + 1, 0, 0, 0]) }

  private func network(_ nodes: Int, layers: Int) -> NetworkDirectory {
    NetworkDirectory(
      nodes: (0..<nodes).map {
        NetworkDirectory.Node(
          name: "mix-\($0)", layer: $0 % layers, address: address($0), chains: [], clients: nil, keys: [])
      })
  }

  private func layers(_ route: CoverRoute) -> [Int] { (0..<route.count).map { route[$0] % 3 } }

  /// A loop passes each layer once, in the order of the layers from the own one on, and ends at home.
  @Test(arguments: 0..<9) func loopsComeHome(own: Int) throws {
    var random = RandomStream(seed: Seed(1))
    let routes = CoverRoutes(network(9, layers: 3), of: address(own))
    for _ in 0..<50 {
      let drawn = routes.loop(&random)
      let loop = try #require(drawn)
      #expect(loop.count == 3)
      #expect(loop[2] == own)
      #expect(layers(loop) == [1, 2, 3].map { (own + $0) % 3 })
    }
  }

  /// A drop message goes on to the last layer; from there through all.
  @Test func dropsGoOn() {
    var random = RandomStream(seed: Seed(1))
    let first = CoverRoutes(network(9, layers: 3), of: address(0)).drop(&random)
    #expect(first.map(layers) == [1, 2])
    let last = CoverRoutes(network(9, layers: 3), of: address(2)).drop(&random)
    #expect(last.map(layers) == [0, 1, 2])
    let short = CoverRoutes(network(9, layers: 3), of: address(2)).drop(&random, endsInFirst: true)
    #expect(short.map(layers) == [0])
    let middle = CoverRoutes(network(9, layers: 3), of: address(1)).drop(&random, endsInFirst: true)
    #expect(middle.map(layers) == [2])
  }

  /// Packets go on to the layer behind the own one, from the last to the first.
  @Test func nextHops() {
    #expect(CoverRoutes(network(9, layers: 3), of: address(3)).nextHops == [1, 4, 7])
    #expect(CoverRoutes(network(9, layers: 3), of: address(2)).nextHops == [0, 3, 6])
    #expect(CoverRoutes(network(9, layers: 3), of: address(77)).nextHops.isEmpty)
    #expect(CoverRoutes(network(1, layers: 1), of: address(0)).nextHops.isEmpty)
  }

  /// Nodes are found again in another list by their addresses, and ways with them.
  @Test func placesMove() {
    let (old, new) = (network(4, layers: 2).nodes, network(3, layers: 2).nodes.reversed())
    let places = CoverRoutes.places(of: old, in: Array(new))
    #expect(places == [2, 1, 0, nil])
    #expect(CoverRoute([0, 1, 2]).moved(to: places) == CoverRoute([2, 1, 0]))
    #expect(CoverRoute([0, 3]).moved(to: places) == nil)
    #expect(CoverRoute([9]).moved(to: places) == nil)
  }

  /// Who is alone, or not in the network, has no cover to send.
  @Test func nobodyElse() {
    var random = RandomStream(seed: Seed(1))
    let alone = CoverRoutes(network(1, layers: 1), of: address(0))
    let stranger = CoverRoutes(network(9, layers: 3), of: address(77))
    let ways = [alone.loop(&random), alone.drop(&random), stranger.loop(&random), stranger.drop(&random)]
    #expect(ways.allSatisfy { $0 == nil })
  }
}
