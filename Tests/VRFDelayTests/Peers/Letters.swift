import MixHostTesting
import MixNet
import Synchronization

@testable import MixHost
@testable import VRFDelay

/// What a node of a test network is to send, and what has come to it.
final class Letters: Sendable {
  private struct State {
    var waiting: [(number: UInt32, to: Bytes32)] = []
    var came: [UInt32] = []
    var chosen: [Bytes32] = []
  }
  private let state = Mutex(State())

  var came: [UInt32] { state.withLock { $0.came } }
  func arrive(_ number: UInt32) { state.withLock { $0.came.append(number) } }
  func send(_ number: UInt32, to node: Bytes32) { state.withLock { $0.waiting.append((number, node)) } }
  func take() -> (number: UInt32, to: Bytes32)? {
    state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }
  /// What the stage behind `vrf_peers` was told of the present epoch's peers.
  var chosen: [Bytes32] {
    get { state.withLock { $0.chosen } }
    set { state.withLock { $0.chosen = newValue } }
  }

  /// 64 bytes: whom it is for, its number, and nothing.
  static func bytes(_ number: UInt32, to node: Bytes32) -> [UInt8] {
    node.array + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } + [UInt8](repeating: 0, count: 28)
  }
}

/// The route of a letter is whom it is for.
private final class LetterDecode: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices { columns.setRoute(i, .node(Bytes32(batch.bytes(i)))) }
  }
}

/// Takes the letters for this node, and sends those that the test gives it; what is for others goes on to `next_hop`.
private final class LetterDesk: ForwardStage {
  private let letters: Letters
  private let own: Bytes32
  private let chooser: (any PeerChooser)?

  init(_ letters: Letters, _ builder: inout StageBuilder) {
    self.letters = letters
    own = builder.node.address
    chooser = builder.offered(.peerChooser)
  }

  func started(_ turn: inout Turn) { turn.wake(at: turn.now) }

  func woke(_ turn: inout Turn) {
    while let (number, to) = letters.take() {
      guard var packet = turn.inject(at: .forward, length: 64, route: .node(to)) else { break }
      packet.put(Letters.bytes(number, to: to).span, at: 0)
    }
    if let chooser { letters.chosen = chooser.peers(in: chooser.epoch) }
    turn.wake(at: turn.now + .ms(20))
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      guard case .node(own) = columns.route(i) else { continue }
      letters.arrive(batch.bytes(i).bigEndian(at: 32))
      verdicts.consume(i)
    }
  }
}

extension Plugin {
  /// The stages around `vrf_peers`.
  static func letters(_ letters: Letters) -> Plugin {
    Plugin(
      name: "letters", summary: "for tests",
      stages: [
        StageDescriptor(
          .decode, "letter", summary: "reads letters", provides: .route, config: { (_: inout ConfigTable) in true },
          shape: { _ in DecodeShape(framing: .peer, limits: FrameLimits(64...64), protocolName: "hearsay letters") },
          make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in LetterDecode() }),
        StageDescriptor(
          .forward, "desk", summary: "takes letters", needs: .route, config: { (_: inout ConfigTable) in true },
          make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
            LetterDesk(letters, &builder)
          }),
      ],
      capabilities: [
        CapabilityDescriptor(
          .packetMaker, table: "letter", config: { (_: inout ConfigTable) in true },
          shared: { (_: Bool, _: inout LoadContext) -> Bool? in true },
          make: { (_: Bool, _: Bool, _: inout StageBuilder) throws(BuildError) -> any PacketMaker in FakePacketMaker() }
        )
      ])
  }

  /// A stage under the name of the real one that says what it likes, and opens links and sends letters as it likes.
  static func cheat(_ says: @escaping @Sendable (WallTime) -> [UInt8]?, to victim: @escaping @Sendable () -> Bytes32)
    -> Plugin
  {
    Plugin(
      name: "cheat", summary: "for tests",
      stages: [
        StageDescriptor(
          .admission, "vrf_peers", summary: "cheats",
          config: { (table: inout ConfigTable) in
            _ = VRFPeersConfig(from: &table); return true
          },
          make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any AdmissionStage in
            CheatStage(says, victim, &builder)
          })
      ])
  }
}

private final class CheatStage: AdmissionStage {
  private let says: @Sendable (WallTime) -> [UInt8]?
  private let victim: @Sendable () -> Bytes32
  private let node: NodeFacts
  private var link: LinkID?
  /// Links that others opened to this node: it answers on them, too.
  private var guests: [LinkID] = []

  init(
    _ says: @escaping @Sendable (WallTime) -> [UInt8]?, _ victim: @escaping @Sendable () -> Bytes32,
    _ builder: inout StageBuilder
  ) {
    (self.says, self.victim) = (says, victim)
    node = builder.node
  }

  func started(_ turn: inout Turn) { turn.wake(at: turn.now) }
  func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {}

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    if change.isUp, !change.isDialled { guests.append(change.link) }
    if !change.isUp { guests.removeAll { $0 == change.link } }
  }

  func woke(_ turn: inout Turn) {
    turn.tellPeers(says(turn.wall))
    let target = node.directory.nodes.first { $0.address == victim() }?.listens("mix")
    if link == nil, let target { link = turn.open(target, peer: victim()) }
    // A frame on each link, whoever is there: a letter to the victim, by a number that nobody honest uses.
    for link in (link.map { [$0] } ?? []) + guests {
      if var frame = turn.frame(on: link, length: 64) {
        frame.put(Letters.bytes(666, to: victim()).span, at: 0)
      }
    }
    turn.wake(at: turn.now + .ms(50))
  }
}
