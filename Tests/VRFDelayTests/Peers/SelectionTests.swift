import MixNet
import Testing

@testable import VRFDelay

/// Which nodes an output chooses: the same ones as another implementation finds, and as the definition says step by step.
@Suite struct SelectionTests {
  @Test func agreesWithTheVectors() throws {
    let vectors = try PeerVector.all()
    #expect(vectors.count == 12)
    for vector in vectors {
      let rules = try #require(vector.peerRules)
      let node = try #require(Bytes32(hex: vector.node))
      let list = PeerList(vector.directory, chain: vector.rules.chain)
      #expect(list.hash.description == vector.list)
      #expect(Hex.text(rules.input(epoch: vector.epoch, list: list.hash, node: node)) == vector.alpha)
      let tag = String(rules.tag, radix: 16)
      #expect(String(repeating: "0", count: 16 - tag.count) + tag == vector.rulesTag)
      let output = VRFOutput.of(Hex.bytes(vector.beta) ?? [])
      let chosen = PeerSelection.choose(rules.peers, of: rules.candidates(of: node, in: list), output)
      #expect(chosen.map(\.description) == vector.chosen)
    }
  }

  /// The order in which a file lists its nodes, and what else it says of them, changes nothing.
  @Test func theListIsWhatCounts() throws {
    let vector = try PeerVector.all()[7]
    let directory = vector.directory
    let list = PeerList(directory, chain: vector.rules.chain)
    var nodes = directory.nodes.reversed().map { $0 }
    nodes.append(
      NetworkDirectory.Node(
        name: "x", layer: 0, address: Bytes32([1]), chains: [("other", .loopback(port: 9))], clients: nil, keys: []))
    let same = PeerList(NetworkDirectory(nodes: nodes, salt: directory.salt), chain: vector.rules.chain)
    #expect(same.hash == list.hash && same.entries.map(\.address) == list.entries.map(\.address))
    #expect(PeerList(NetworkDirectory(nodes: nodes), chain: vector.rules.chain).hash != list.hash)
    #expect(PeerList(directory, chain: "other").hash != list.hash)
    // Of two nodes with one address the first counts.
    let twice = PeerList(
      NetworkDirectory(nodes: directory.nodes + [nodes[0]], salt: directory.salt), chain: vector.rules.chain)
    #expect(twice.hash == list.hash)
    for entry in list.entries { #expect(list.entry(of: entry.address)?.address == entry.address) }
    #expect(list.entry(of: Bytes32()) == nil && list.entry(of: Bytes32([255])) == nil)
  }

  /// The tree finds the place that counting from the first one on finds.
  @Test(arguments: 0...9 as ClosedRange<UInt64>)
  func theTreeCountsRight(_ seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    for _ in 0..<50 {
      var left = (0..<random.below(70)).map { _ in
        random.below(3) == 0 ? 0 : UInt32(truncatingIfNeeded: random.next() >> (32 + random.below(31)))
      }
      var tree = RunningWeights(left)
      while tree.total > 0 {
        #expect(tree.total == left.reduce(0) { $0 + UInt64($1) })
        let number = random.below(tree.total)
        var (place, rest) = (0, number)
        while rest >= UInt64(left[place]) {
          rest -= UInt64(left[place])
          place += 1
        }
        #expect(tree.take(number) == place)
        left[place] = 0
      }
      #expect(left.allSatisfy { $0 == 0 })
    }
  }

  @Test func edges() {
    var random = RandomStream(seed: Seed(3))
    let output = VRFOutput.random(&random)
    let some = (1...5 as ClosedRange<UInt8>).map {
      PeerSelection.Candidate(address: Bytes32([$0]), weight: UInt32($0 % 2))
    }
    #expect(PeerSelection.choose(3, of: [], output) == [])
    #expect(PeerSelection.choose(0, of: some, output) == [])
    // Without weight nobody is chosen, and all others are, when there are no more.
    #expect(Set(PeerSelection.choose(4, of: some, output)) == Set([1, 3, 5].map { Bytes32([$0]) }))
    #expect(PeerSelection.choose(4, of: some, output).count == 3)
    // The first of many are those of fewer.
    let many = (0..<200).map { PeerSelection.Candidate(address: Bytes32([UInt8($0)]), weight: .max) }
    let eight = PeerSelection.choose(8, of: many, output)
    #expect(Array(PeerSelection.choose(100, of: many, output).prefix(8)) == eight && Set(eight).count == 8)
  }
}
