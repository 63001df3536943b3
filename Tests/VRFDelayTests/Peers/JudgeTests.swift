import MixNet
import Testing

@testable import VRFDelay

/// When a claim holds: in its epoch, a little before and behind it, and for the list that there is.
@Suite struct JudgeTests {
  private let network = PeerNetwork()
  private let epoch: UInt64 = 17_000_000
  private let now = Instant(ns: 5_000_000_000_000)

  /// Node 0's claim before the node that it chose, or before one that it did not.
  private func outcome(
    _ judge: inout PeerJudge, _ claim: PeerClaim?, _ wall: WallTime, at time: Nanos = .zero
  ) -> PeerRefusal? {
    do throws(PeerRefusal) {
      _ = try judge.judge(claim?.bytes, of: PeerNetwork.address(0), now: now + time, wall: wall)
      return nil
    } catch { return error }
  }

  @Test func onlyTheChosenAreUsed() throws {
    let claim = try #require(network.choice(0, epoch: epoch)).claim
    let (chosen, other) = try #require(network.pair(0, epoch: epoch))
    var (mine, theirs) = (network.judge(chosen), network.judge(other))
    let wall = PeerNetwork.wall(epoch)
    for _ in 0..<2 {
      #expect(outcome(&mine, claim, wall) == nil)
      #expect(outcome(&theirs, claim, wall) == .notChosen)
    }
    #expect(outcome(&mine, nil, wall) == .noProof)
    // What is known of a node is no key for another claim.
    let forged = PeerClaim(epoch: epoch, list: claim.list, rules: claim.rules, proof: claim.proof.reversed())
    #expect(outcome(&mine, forged, wall) == .badProof)
    #expect(outcome(&mine, claim, wall) == nil)
  }

  /// Clocks that differ by less than the overlap cut nobody off; beyond it nothing holds.
  @Test func theEpochsBorder() throws {
    let claim = try #require(network.choice(0, epoch: epoch)).claim
    let (chosen, _) = try #require(network.pair(0, epoch: epoch))
    for (seconds, isIn, stays) in [
      (-21, false, false), (-20, false, true), (-11, false, true), (-10, true, true), (0, true, true), (99, true, true),
      (100, true, true), (109, true, true), (110, false, true), (119, false, true), (120, false, false),
    ] as [(Int64, Bool, Bool)] {
      var judge = network.judge(chosen)
      let wall = PeerNetwork.wall(epoch, seconds)
      #expect(outcome(&judge, claim, wall) == (isIn ? nil : .otherEpoch), "\(seconds)")
      #expect(judge.mayStay(claim, now: now, wall: wall) == stays, "\(seconds)")
    }
    let judge = network.judge(chosen)
    #expect(judge.end(of: claim, now: now, wall: PeerNetwork.wall(epoch, 60)) == now + .s(60))
    #expect(judge.end(of: claim, now: now, wall: PeerNetwork.wall(epoch, 110)) == now + .s(10))
    #expect(judge.end(of: claim, now: now, wall: PeerNetwork.wall(epoch, 500)) == now)
    var wild = network.judge(chosen)
    let never = PeerClaim(epoch: .max, list: claim.list, rules: claim.rules, proof: claim.proof)
    #expect(outcome(&wild, never, PeerNetwork.wall(epoch)) == .otherEpoch)
    #expect(
      !wild.mayStay(never, now: now, wall: WallTime(ns: -1))
        && wild.end(of: never, now: now, wall: WallTime(ns: -1)) >= now)
  }

  /// Two honest nodes whose clocks differ by up to the overlap, at every second around a border: neither refuses the other.
  @Test func skewAtTheBorderCutsNobody() throws {
    var judges: [Bytes32: PeerJudge] = [:]
    var claims: [UInt64: PeerChoice] = [:]
    for seconds in Int64(-30)...30 {
      for skew in Int64(-10)...10 {
        // The node is `skew` ahead of the one that judges.
        let theirs = PeerNetwork.wall(epoch, seconds + skew)
        let number = UInt64(theirs.seconds) / 100
        if claims[number] == nil { claims[number] = network.choice(0, epoch: number) }
        let choice = try #require(claims[number])
        let peer = choice.peers[0]
        var judge = judges[peer] ?? network.judge(peer)
        let refusal = outcome(&judge, choice.claim, PeerNetwork.wall(epoch, seconds))
        if refusal != nil { Issue.record("\(seconds) s, \(skew) s ahead: \(String(describing: refusal))") }
        judges[peer] = judge
      }
    }
    #expect(claims.count == 2)
  }

  /// A list is good for twice the overlap after another has replaced it.
  @Test func listsOverlap() throws {
    let (chosen, _) = try #require(network.pair(0, epoch: epoch))
    let next = PeerNetwork(salt: Bytes32([5]))
    let (old, new) = (try #require(network.choice(0, epoch: epoch)), try #require(next.choice(0, epoch: epoch)))
    let wall = PeerNetwork.wall(epoch)
    var judge = network.judge(chosen)
    #expect(outcome(&judge, new.claim, wall) == .otherList)
    judge.replace(by: next.list, now: now)
    judge.replace(by: next.list, now: now + .s(5))
    #expect(outcome(&judge, old.claim, wall, at: .ms(19_999)) == nil)
    #expect(judge.mayStay(old.claim, now: now + .ms(19_999), wall: wall))
    #expect(judge.end(of: old.claim, now: now + .s(1), wall: wall) == now + .s(20))
    #expect(outcome(&judge, old.claim, wall, at: .s(20)) == .otherList)
    #expect(!judge.mayStay(old.claim, now: now + .s(20), wall: wall))
    #expect(outcome(&judge, new.claim, wall) == (new.peers.contains(chosen) ? nil : .notChosen))
  }

  /// Whom a node may use by the newest that it has shown: in its epoch, and in the next one as long as it may be late.
  @Test func theNewestChoiceIsKnown() throws {
    let choices = try (epoch - 1...epoch + 1).map { try #require(network.choice(0, epoch: $0)) }
    let node = PeerNetwork.address(0)
    // One whom node 0 has not chosen knows its choice as well.
    var judge = network.judge(PeerNetwork.address(11))
    func learn(_ claim: PeerClaim, _ wall: WallTime) throws -> [Bytes32] {
      try judge.learn(claim.bytes, of: node, now: now, wall: wall).peers
    }
    func known(_ epoch: UInt64, isLate: Bool = false) -> [Bytes32]? {
      judge.peers(of: node, in: epoch, mayBeLate: isLate, mayBeUnlisted: false)
    }
    #expect(known(epoch) == nil)
    #expect(try learn(choices[0].claim, PeerNetwork.wall(epoch, 1)) == choices[0].peers)
    #expect(judge.isBehind(choices[0].claim, epoch) && !judge.isBehind(choices[1].claim, epoch))
    #expect(known(epoch) == nil && known(epoch, isLate: true) == choices[0].peers)
    #expect(known(epoch + 1, isLate: true) == nil)
    #expect(try learn(choices[1].claim, PeerNetwork.wall(epoch, 2)) == choices[1].peers)
    // Whoever shows the older one again changes nothing.
    #expect(try learn(choices[0].claim, PeerNetwork.wall(epoch, 3)) == choices[0].peers)
    #expect(known(epoch) == choices[1].peers)
    // One who is ahead goes by its next choice already.
    #expect(try learn(choices[2].claim, PeerNetwork.wall(epoch, 95)) == choices[2].peers)
    #expect(known(epoch) == choices[2].peers && known(epoch + 1) == choices[2].peers)
  }

  /// A choice from the list before counts while the node may have that list, and a new one takes its place.
  @Test func choicesFromTheListBefore() throws {
    let next = PeerNetwork(salt: Bytes32([5]))
    let (old, new) = (try #require(network.choice(0, epoch: epoch)), try #require(next.choice(0, epoch: epoch)))
    let node = PeerNetwork.address(0)
    var judge = network.judge(PeerNetwork.address(11))
    let wall = PeerNetwork.wall(epoch)
    _ = try judge.learn(old.claim.bytes, of: node, now: now, wall: wall)
    judge.replace(by: next.list, now: now)
    #expect(judge.isBehind(old.claim, epoch))
    #expect(judge.peers(of: node, in: epoch, mayBeLate: false, mayBeUnlisted: false) == nil)
    #expect(judge.peers(of: node, in: epoch, mayBeLate: false, mayBeUnlisted: true) == old.peers)
    _ = try judge.learn(new.claim.bytes, of: node, now: now, wall: wall)
    _ = try judge.learn(old.claim.bytes, of: node, now: now, wall: wall)
    #expect(judge.peers(of: node, in: epoch, mayBeLate: false, mayBeUnlisted: false) == new.peers)
    // A node that is listed no more is forgotten.
    judge.replace(by: next.changed(0) { _ in nil }.list, now: now)
    #expect(judge.peers(of: node, in: epoch, mayBeLate: true, mayBeUnlisted: true) == nil)
  }

  /// Whatever bytes a peer says, nothing traps.
  @Test func anyBytes() throws {
    let (chosen, _) = try #require(network.pair(0, epoch: epoch))
    let good = try #require(network.choice(0, epoch: epoch)).claim.bytes
    var judge = network.judge(chosen)
    var random = RandomStream(seed: Seed(8))
    var refusals: Set<PeerRefusal> = []
    for _ in 0..<3_000 {
      var bytes = good
      if random.below(4) == 0 { bytes.removeLast(Int(random.below(129))) }
      for _ in 0..<random.below(3) where !bytes.isEmpty {
        bytes[Int(random.below(UInt64(bytes.count)))] = UInt8(truncatingIfNeeded: random.next())
      }
      do throws(PeerRefusal) {
        _ = try judge.judge(
          bytes, of: PeerNetwork.address(Int(random.below(14))), now: now, wall: PeerNetwork.wall(epoch))
      } catch { refusals.insert(error) }
    }
    #expect(refusals.isSuperset(of: [.noProof, .otherRules, .otherEpoch, .otherList, .notListed, .badProof]))
  }
}
