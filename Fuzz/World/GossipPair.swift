import MixNet

@testable import Gossip

/// Two nodes of a gossip cluster, and all that lies between them and others: links and datagrams, in the hands of a fuzzer.
final class GossipPair {
  /// Who is at the far end of a link.
  enum Far {
    /// The other node: this one has opened it.
    case node
    /// Somebody in the fuzzer's hand, who is a member of the cluster or only says so.
    case member, stranger
  }

  struct Line {
    let number: LinkNumber
    /// The node that this is about: of a link between the two, the one that opened it.
    let node: Int
    let far: Far
    var greeting: LinkGreeting
    /// What the node's hello was.
    var heard: [UInt8] = []
    /// The proof of who is in the hand, once it can be made, and whether it has been shown.
    var proof: [UInt8]?
    var hasShown = false
  }

  private static let linesMax = 10
  static let membersMax = 12

  let hasSignatures: Bool
  let guest: Membership
  private let liar: Membership
  var cores: [OneCore] = []
  var now = Instant(ns: 1_000_000_000)
  private(set) var lines: [Line] = []
  private(set) var dials: [(node: Int, number: UInt64)] = []
  var datagrams: [(to: Int, bytes: [UInt8])] = []
  /// True once a member has said something that the fuzzer chose: from then on the nodes may believe anything.
  var isTold = false
  private var made: LinkNumber = 0
  private var effects: [GossipEffect] = []

  /// A core behind a reference: arrays hold none of its kind.
  final class OneCore {
    var core: GossipCore
    init(_ core: consuming GossipCore) { self.core = core }
  }

  /// Who takes part: the two nodes, the guest and the liar. Ed25519 keys take as long as all else of an input, so they are made once.
  private static let signing = (1...4).map { Membership(seed: Bytes32([$0])) }
  private static let sharing = (1...4 as ClosedRange<UInt8>).map { number in
    Membership(id: Bytes32([number, 9]), ring: Keyring(Bytes32([number == 4 ? 8 : 7])))
  }

  init(_ kind: UInt8) {
    hasSignatures = kind & 1 != 0
    let all = hasSignatures ? Self.signing : Self.sharing
    (guest, liar) = (all[2], all[3])
    for number in 0..<2 {
      let own = all[number]
      guard let record = NodeRecord(id: own.id, address: Self.address(number), incarnation: 1),
        let core = GossipCore(record, own, Self.settings(kind), seed: Seed(UInt64(number)))
      else { fatalError("there is no node \(number)") }
      cores.append(OneCore(core))
    }
    for node in 0..<2 { act(node) { $0.start(epoch: 1, now: $1, &$2) } }
  }

  static func address(_ node: Int) -> Address {
    .ipv4(InlineBytes4(word: UInt32(10 << 24 | node << 16 | 1)), port: 7_000)
  }

  private static func settings(_ kind: UInt8) -> GossipSettings {
    var settings = GossipSettings()
    settings.views.seeds = [address(0), address(1)]
    settings.views.expectedNodes = 8
    settings.usesDatagrams = kind & 2 == 0
    settings.swim.mode = settings.usesDatagrams ? .everybody : .neighbours
    settings.swim.membersMax = membersMax
    settings.meshMax = kind & 4 == 0 ? 64 : 0
    (settings.broadcast.dedupMax, settings.broadcast.cacheBytes, settings.broadcast.cacheMessages) = (32, 4_000, 8)
    (settings.broadcast.tree.originsMax, settings.broadcast.tree.missingMax) = (4, 8)
    (settings.queueBytes, settings.controlBytes, settings.publishBytes) = (4_000, 2_000, 4_000)
    (settings.linksMax, settings.linkWords) = (8, 100)
    return settings
  }

  var wall: WallTime { WallTime(ns: 1_700_000_000_000_000_000 + Int64(clamping: now.ns)) }
  func id(_ node: Int) -> Bytes32 { cores[node].core.membership.id }

  // MARK: What happens

  /// Does something with a node, and carries out what it wants.
  func act(_ node: Int, _ body: (inout GossipCore, Instant, inout [GossipEffect]) -> Void) {
    body(&cores[node].core, now, &effects)
    let wanted = effects
    effects.removeAll(keepingCapacity: true)
    check(wanted.count <= 1_000, "one step has \(wanted.count) effects")
    for effect in wanted {
      switch effect {
      case .dial(_, _, let number): dials = dials.suffix(15) + [(node, number)]
      case .close(let number): close(number, by: node)
      case .datagram(let bytes, let addresses):
        datagrams = datagrams.suffix(31) + addresses.map { ($0 == Self.address(0) ? 0 : 1, bytes) }
      case .met(let id): check(id == guest.id || id == self.id(1 - node), "a node has met one who has shown nothing")
      default: break
      }
    }
  }

  private func close(_ number: LinkNumber, by node: Int) {
    guard let place = lines.firstIndex(where: { $0.number == number }) else { return }
    let line = lines.remove(at: place)
    if line.far == .node { act(1 - node) { $0.linkWent(number, isBroken: false, now: $1, &$2) } }
  }

  /// A link breaks: both ends find that out.
  func cut(_ place: Int, isBroken: Bool) {
    let line = lines.remove(at: place)
    act(line.node) { $0.linkWent(line.number, isBroken: isBroken, now: $1, &$2) }
    if line.far == .node { act(1 - line.node) { $0.linkWent(line.number, isBroken: isBroken, now: $1, &$2) } }
  }

  /// Somebody in the fuzzer's hand opens a link to a node.
  func connect(to node: Int, _ far: Far) {
    let line = line(node, far, isDialled: true)
    act(node) { $0.linkCame(line.number, now: $1, &$2) }
  }

  /// What has become of a node's oldest dial: it has reached the other node, somebody else, or (nil) nobody.
  func answerDial(_ far: Far?) {
    guard !dials.isEmpty else { return }
    let (node, dial) = dials.removeFirst()
    guard let far, lines.count < Self.linesMax else { return act(node) { $0.dialFailed(dial, now: $1, &$2) } }
    let line = line(node, far, isDialled: false)
    if far == .node { act(1 - node) { $0.linkCame(line.number, now: $1, &$2) } }
    act(node) { $0.dialled(dial, link: line.number, now: $1, &$2) }
  }

  private func line(_ node: Int, _ far: Far, isDialled: Bool) -> Line {
    if lines.count >= Self.linesMax { cut(0, isBroken: true) }
    made += 1
    let line = Line(
      number: made, node: node, far: far,
      greeting: LinkGreeting(nonce: Bytes32([UInt8(truncatingIfNeeded: made), 5]), isDialled: isDialled))
    lines.append(line)
    return line
  }

  // MARK: What is said

  /// The next frame of one end of a link; the hand keeps what it needs of it.
  func frame(_ place: Int, from node: Int) -> [UInt8]? {
    let number = lines[place].number
    var bytes: [UInt8]?
    act(node) { core, now, effects in
      while let frame = core.nextFrame(on: number, now: now, &effects) {
        guard core.isThere(frame) else { continue }
        var room = [UInt8](repeating: 0, count: frame.size)
        var span = room.mutableSpan
        core.write(frame, into: &span)
        bytes = room
        return
      }
    }
    guard let bytes else { return nil }
    check(LinkFrame.Kind(rawValue: bytes[0]) != nil, "a node says what is no frame")
    // It may be gone meanwhile.
    if let place = lines.firstIndex(where: { $0.number == number }), lines[place].far != .node,
      bytes[0] == LinkFrame.Kind.hello.rawValue
    {
      lines[place].heard = bytes
      let who = lines[place].far == .member ? guest : liar
      lines[place].proof = lines[place].greeting.heard(bytes.span.extracting(1...), who)
    }
    return bytes
  }

  func deliver(_ bytes: [UInt8], on number: LinkNumber, to node: Int) {
    let wall = wall
    act(node) { _ = $0.receive(bytes.span, on: number, now: $1, wall: wall, &$2) }
  }

  /// What is in the hand says hello, under a name of its own or another: a stranger has none, since where nodes sign, whoever
  /// speaks for nobody but itself is a member.
  func sayHello(_ place: Int, as name: Bytes32?) {
    let line = lines[place]
    guard line.far != .node else { return }
    let own = line.far == .member ? guest.id : id(1 - line.node)
    deliver(line.greeting.hello(name ?? own), on: line.number, to: line.node)
  }

  /// It shows its proof, if it has heard enough to make one; `change` alters it.
  func prove(_ place: Int, _ change: (inout [UInt8]) -> Void) {
    let line = lines[place]
    guard let proof = line.proof else { return }
    var said = proof
    change(&said)
    if said == proof { lines[place].hasShown = true }
    deliver(said, on: line.number, to: line.node)
  }

  // MARK: What must hold

  func judge() {
    for node in 0..<2 {
      let other = id(1 - node)
      for link in cores[node].core.links.all {
        let line = lines.first { $0.number == link.number }
        guard let line else { fatalError("a node has a link that it has closed") }
        guard let peer = link.peer else { continue }
        switch line.far {
        case .node: check(peer == other, "a link between the two leads to another")
        case .member: check(peer == guest.id && line.hasShown, "somebody is there without a proof")
        case .stranger: fatalError("a stranger is taken for a member")
        }
        // One with whom a link is proved may say what it likes.
        if line.far == .member { isTold = true }
      }
      let known = cores[node].core.swim.known
      check(known.count <= Self.membersMax, "\(known.count) nodes are known")
      check(!known.contains { $0.id == id(node) }, "a node knows itself as another")
      check(isTold || known.allSatisfy { $0.id == other }, "a node is known of whom no member has spoken")
      let kept = cores[node].core.broadcast.cache.since(.zero)
      check(kept.count <= 8 && kept.reduce(0) { $0 + $1.size } <= 4_000, "what is kept grows")
    }
  }

  /// Both go: in the end nothing is left of them.
  func end() {
    let wall = wall
    for node in 0..<2 { act(node) { $0.leave(now: $1, wall: wall, &$2) } }
    now = now + .s(3)
    for node in 0..<2 { act(node) { $0.tick(now: $1, wall: wall, &$2) } }
    for node in 0..<2 {
      check(cores[node].core.links.count == 0, "links are left after the end")
      check(cores[node].core.next == .never, "there is something to do after the end")
    }
  }
}
