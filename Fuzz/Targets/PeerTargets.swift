import MixNet

@testable import VRFDelay

extension FuzzTarget {
  /// A peer: what it says of the peers that its VRF chose, at whatever time.
  static let claims = FuzzTarget(
    name: "claims", summary: "peers: the proof that a node had to choose the one that it calls", sizeMax: 160,
    seeds: { _ in
      let town = ClaimTown()
      let right = town.choice.claim.bytes
      return [[0] + right, [1, 0] + right[48...], [1, 1] + right[48...], [2] + [UInt8](repeating: 0xff, count: 8)]
    }
  ) {
    var town = ClaimTown()
    return { town.look(Input($0)) }
  }
}

/// Three nodes of two layers, one of which judges what another says.
private struct ClaimTown {
  private static let epoch: UInt64 = 17_500_000
  private let rules = PeerRules(chain: "mix", epochSeconds: 100, peers: 1, among: .all, weighting: .capacity)
  private let list: PeerList
  private let key: VRFSecretKey
  private var judges: [PeerJudge]
  /// What the first node has to say in the epoch.
  let choice: PeerChoice

  init() {
    var random = RandomStream(seed: Seed(7))
    let keys = (0..<3).map { _ in VRFSecretKey(random: &random) }
    let nodes = (0..<3).map { number in
      NetworkDirectory.Node(
        name: "mix-\(number)", layer: number % 2, address: Self.address(number),
        chains: [("mix", .ipv4(InlineBytes4(word: 127 << 24 | 1), port: 9_000 + UInt16(number)))], clients: nil,
        keys: [.init(purpose: "vrf", bytes: keys[number].publicKey.bytes, from: 0, until: .max)])
    }
    list = PeerList(NetworkDirectory(nodes: nodes), chain: "mix")
    let (list, rules) = (list, rules)
    judges = [1, 2].map { PeerJudge(rules, list, own: Self.address($0), overlap: .s(10)) }
    key = keys[0]
    guard let choice = PeerChoice(key, rules, epoch: Self.epoch, in: list, own: Self.address(0)) else {
      fatalError("nothing is chosen")
    }
    self.choice = choice
  }

  private static func address(_ number: Int) -> Bytes32 { Fingerprint.of("fuzz \(number)") }

  mutating func look(_ input: Input) {
    var input = input
    var wall = WallTime(ns: Int64(Self.epoch) * 100_000_000_000 + 5_000_000_000)
    var bytes: [UInt8]
    switch input.byte() % 3 {
    case 0: bytes = input.rest()
    case 1:
      // All but the proof is right, but for the epoch perhaps.
      let epoch = Self.epoch &+ UInt64(input.byte() % 4)
      bytes = PeerClaim(epoch: epoch, list: list.hash, rules: rules.tag, proof: input.rest()).bytes
    default:
      // Any epoch at any time.
      let epoch = input.number(8)
      wall = WallTime(ns: Int64(bitPattern: input.number(8)))
      bytes = PeerClaim(epoch: epoch, list: list.hash, rules: rules.tag, proof: input.padded(80)).bytes
    }
    let now = Instant(ns: 1_000_000_000)
    for place in judges.indices { judge(place, bytes, now, wall) }
    guard let claim = PeerClaim(bytes) else { return }
    check(claim.bytes == bytes, "a claim has two encodings")
    _ = judges[0].mayStay(claim, now: now, wall: wall)
    check(judges[0].end(of: claim, now: now, wall: wall) >= now, "a claim ends in the past")
  }

  private mutating func judge(_ place: Int, _ bytes: [UInt8], _ now: Instant, _ wall: WallTime) {
    do throws(PeerRefusal) {
      let claim = try judges[place].judge(bytes, of: Self.address(0), now: now, wall: wall)
      let right = PeerChoice(key, rules, epoch: claim.epoch, in: list, own: Self.address(0))
      check(right?.claim == claim, "another claim than the right one is taken")
      check(right?.peers == [judges[place].own], "a node that was not chosen takes it")
    } catch {}
  }
}
