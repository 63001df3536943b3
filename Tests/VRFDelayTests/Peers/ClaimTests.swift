import MixNet
import Testing

@testable import VRFDelay

/// What a node shows, and that there is nothing else that it could show: no choice is left to it.
@Suite struct ClaimTests {
  private let network = PeerNetwork()
  private let epoch: UInt64 = 17_000_000

  private func refusal(
    _ claim: PeerClaim, of number: Int = 0, in network: PeerNetwork? = nil
  ) -> PeerRefusal? {
    let network = network ?? self.network
    do throws(PeerRefusal) {
      _ = try claim.peers(of: PeerNetwork.address(number), network.rules, in: network.list)
      return nil
    } catch { return error }
  }

  @Test func aVerifierFindsWhatTheNodeChose() throws {
    for number in 0..<12 {
      let choice = try #require(network.choice(number, epoch: epoch))
      let read = try #require(PeerClaim(choice.claim.bytes))
      #expect(read == choice.claim && choice.claim.bytes.count == 128)
      #expect(try read.peers(of: PeerNetwork.address(number), network.rules, in: network.list) == choice.peers)
      #expect(choice.peers.count == 2 && Set(choice.peers).count == 2)
      // The next layer, and behind the last one the first.
      for peer in choice.peers {
        let place = (0..<12).first { PeerNetwork.address($0) == peer }
        #expect(place.map { $0 % 3 } == (number + 1) % 3)
      }
      #expect(network.choice(number, epoch: epoch)?.claim == choice.claim)
    }
  }

  /// Another epoch, list, salt, rule or node gives another proof: what is chosen is drawn anew.
  @Test func everyPartOfTheInputCounts() throws {
    let usual = try #require(network.choice(0, epoch: epoch)).claim
    var rules = network
    rules.rules = PeerRules(chain: "mix", epochSeconds: 100, peers: 3, among: .nextLayer, weighting: .equal)
    let others = [
      network.choice(0, epoch: epoch + 1), rules.choice(0, epoch: epoch),
      PeerNetwork(salt: Bytes32([1])).choice(0, epoch: epoch), PeerNetwork(11).choice(0, epoch: epoch),
    ]
    var proofs: Set<[UInt8]> = [usual.proof]
    for other in others { proofs.insert(try #require(other).claim.proof) }
    #expect(proofs.count == 5)
    // A claim for one is none for the other.
    #expect(refusal(usual) == nil)
    #expect(refusal(usual, in: rules) == .otherRules)
    #expect(refusal(usual, in: PeerNetwork(salt: Bytes32([1]))) == .otherList)
    #expect(refusal(usual, of: 3) == .badProof)
    let later = PeerClaim(epoch: epoch + 1, list: usual.list, rules: usual.rules, proof: usual.proof)
    #expect(refusal(later) == .badProof)
    let never = PeerClaim(epoch: .max, list: usual.list, rules: usual.rules, proof: usual.proof)
    #expect(refusal(never) == .otherEpoch)
  }

  /// A node cannot try proofs until one suits it: every other proof for its input, also one that is as good as its own to those who
  /// reduce scalars, is refused, so there is one output.
  @Test func noOtherProofIsTaken() throws {
    let claim = try #require(network.choice(0, epoch: epoch)).claim
    func other(_ proof: [UInt8]) -> PeerRefusal? {
      refusal(PeerClaim(epoch: epoch, list: claim.list, rules: claim.rules, proof: proof))
    }
    for bit in 0..<8 * 80 {
      var proof = claim.proof
      proof[bit / 8] ^= 1 << (bit % 8)
      if other(proof) != .badProof { Issue.record("bit \(bit) can be changed") }
    }
    // s + L, in place of s.
    let order: [UInt8] = Hex.bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010") ?? []
    var (malleated, carry) = (claim.proof, 0)
    for i in 0..<32 {
      let sum = Int(malleated[48 + i]) + Int(order[i]) + carry
      malleated[48 + i] = UInt8(sum & 255)
      carry = sum >> 8
    }
    #expect(carry == 0 && other(malleated) == .badProof)
    #expect(other([]) == .badProof && other(claim.proof + [0]) == .badProof)
    #expect(other(try #require(network.choice(1, epoch: epoch)).claim.proof) == .badProof)
    #expect(
      PeerClaim(claim.bytes + [0]) == nil && PeerClaim([]) == nil && PeerClaim(Array(claim.bytes.dropLast())) == nil)
  }

  /// Of several keys the first that is good when the epoch begins counts: a node with two has no choice between two outputs.
  @Test func oneKeyCounts() throws {
    let start = Int64(epoch) * 100
    let (own, other) = (network.keys[0].publicKey.bytes, VRFSecretKey.test(99).publicKey.bytes)
    func key(_ bytes: Bytes32, from: Int64, until: Int64) -> NetworkDirectory.Key {
      .init(purpose: "vrf", bytes: bytes, from: from, until: until)
    }
    func claim(_ keys: [NetworkDirectory.Key]) -> (own: PeerRefusal?, other: PeerRefusal?) {
      let network = network.withKeys(0, keys)
      func made(_ key: VRFSecretKey) -> PeerRefusal? {
        let input = network.rules.input(epoch: epoch, list: network.list.hash, node: PeerNetwork.address(0))
        guard let proof = key.prove(input) else { return .noProof }
        return refusal(
          PeerClaim(epoch: epoch, list: network.list.hash, rules: network.rules.tag, proof: proof.bytes), in: network)
      }
      return (made(network.keys[0]), made(VRFSecretKey.test(99)))
    }
    let both = claim([key(own, from: 0, until: .max), key(other, from: 0, until: .max)])
    #expect(both.own == nil && both.other == .badProof)
    let second = claim([key(own, from: 0, until: start), key(other, from: 0, until: .max)])
    #expect(second.own == .badProof && second.other == nil)
    // One that becomes good while the epoch lasts is for the next one.
    let soon = claim([key(other, from: start + 1, until: .max), key(own, from: 0, until: start + 2)])
    #expect(soon.own == nil && soon.other == .badProof)
    let none = claim([])
    #expect(none.own == .notListed && none.other == .notListed)
    #expect(network.withKeys(0, [key(other, from: 0, until: .max)]).choice(0, epoch: epoch) == nil)
    #expect(network.changed(0) { _ in nil }.choice(0, epoch: epoch) == nil)
    // A point of low order is no key: with it every input has one output.
    let low = Bytes32([1] + [UInt8](repeating: 0, count: 31))
    #expect(claim([key(low, from: 0, until: .max)]).own == .notListed)
  }
}
