import LinuxNet
import MixNet
import Testing

@testable import HearsayCommand
@testable import VRFDelay

/// What the demo's audit finds: a message that was faster than the proofs allow, or that has none.
@Suite struct DemoAuditTests {
  /// One node, the proofs of some epochs in its file.
  private struct World {
    let folder: Folder
    let directory: NetworkDirectory
    let key: VRFSecretKey

    init(epochs: [UInt64]) throws {
      var random = RandomStream(seed: Seed(4))
      key = VRFSecretKey(random: &random)
      folder = try Folder()
      directory = NetworkDirectory(nodes: [
        .init(
          name: "n", layer: 0, address: Bytes32(), chains: [], clients: nil,
          keys: [.init(purpose: "vrf", bytes: key.publicKey.bytes, from: 0, until: .max)])
      ])
      try makeFolder(folder.path + "/n/state")
      var text = "no line of a proof\n\n"
      for epoch in epochs { text += #"{"epoch":\#(epoch),"pi":"\#(try secret(epoch).proof)"}"# + "\n" }
      try folder.write("n/state/proofs", Array(text.utf8))
    }

    func secret(_ epoch: UInt64) throws -> EpochSecret {
      let secret = EpochSecret(key, EpochName(chain: "mix", seconds: 2, number: epoch))
      return try #require(secret)
    }

    /// A message that is at the node twice, in the second half of epoch 100 or at its end.
    func walk(_ number: UInt64, sentMS: Int64 = 201_000) -> MixClient.Trail {
      let hops = (0..<2 as Range<UInt64>).map { (node: 0, tag: Bytes32(words: [number, $0, 0, 0])) }
      return MixClient.Trail(sent: WallTime(ns: sentMS * 1_000_000), since: .zero, hops: hops)
    }

    /// How long it has to take, when the first `early` delays are of epoch 100 and the others of the next.
    func time(_ trail: MixClient.Trail, early: Int = 2) throws -> Nanos {
      let law = DelayLaw(.exponential, mean: .ms(50), max: .s(1))
      var sum = Nanos.zero
      for (i, hop) in trail.hops.enumerated() {
        let delays = EpochDelays(try secret(i < early ? 100 : 101).output, law)
        sum = sum + delays.delay(of: hop.tag)
      }
      return sum
    }

    func audit(_ walks: [(trail: MixClient.Trail, time: Nanos)]) -> [Int] {
      let audit = DemoAudit(directory, in: folder.path, walks)
      #expect(audit.faults.count == (audit.dishonest > 0 ? 1 : 0) + (audit.unproven > 0 ? 1 : 0))
      return [audit.honest, audit.dishonest, audit.undecided, audit.unproven]
    }
  }

  @Test func honestAndDishonestMessages() throws {
    let world = try World(epochs: [100, 101, 102, 103])
    let walks = (0..<50 as Range<UInt64>).map { world.walk($0) }
    let honest = try walks.map { ($0, try world.time($0) + .ms(6)) }
    #expect(world.audit(honest) == [50, 0, 0, 0])
    // Too fast by more than the length of a long turn; where the delays are long enough for that.
    let long = try walks.filter { try world.time($0) > .ms(102) }
    #expect(long.count > 10)
    let fast = try long.map { ($0, try world.time($0) - .ms(101)) }
    #expect(world.audit(fast) == [0, long.count, 0, 0])
    let early = try long.map { ($0, try world.time($0) - .ms(99)) }
    #expect(world.audit(early) == [long.count, 0, 0, 0])
    let slow = try walks.map { ($0, try world.time($0) + .ms(500)) }
    #expect(world.audit(slow) == [50, 0, 0, 0])
    #expect(world.audit([(walks[0], .s(5))]) == [0, 0, 1, 0])
  }

  /// Through the end of an epoch each division of the way is tried that was possible.
  @Test func theEndOfAnEpoch() throws {
    let world = try World(epochs: [100, 101])
    for number in 0..<40 as Range<UInt64> {
      let whole = world.walk(number)
      let part = MixClient.Trail(sent: whole.sent, since: .zero, hops: Array(whole.hops.prefix(1)))
      let first = try world.time(part).ms
      // Comes to both nodes in the new epoch; to the first in the old one; to both.
      for (early, sentMS) in [(0, 201_999), (1, 202_000 - Int64(max(1, first / 2))), (2, 202_000 - Int64(first + 3))] {
        let trail = world.walk(number, sentMS: sentMS)
        #expect(world.audit([(trail, try world.time(trail, early: early) + .ms(10))])[0] == 1, "\(number), \(early)")
      }
    }
    // Faster than both its ways.
    let fast = try (0..<200 as Range<UInt64>).map { world.walk($0, sentMS: 201_999) }.filter { trail in
      try (0...2).allSatisfy { try world.time(trail, early: $0) > .ms(103) }
    }
    #expect(fast.count > 5 && world.audit(fast.map { ($0, Nanos.ms(2)) }) == [0, fast.count, 0, 0])
  }

  @Test func withoutProofs() throws {
    let world = try World(epochs: [101])
    // The last epoch's proof is there, that of the one before is not.
    let late = world.walk(2, sentMS: 202_500)
    #expect(world.audit([(world.walk(1), .ms(900)), (late, try world.time(late, early: 0) + .ms(5))]) == [1, 0, 0, 1])
  }
}
