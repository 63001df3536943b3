import MixHost
import MixHostTesting
import MixNet
import Synchronization

/// What a node of a test town is to send and to report, and what has come to it.
final class Letters: Sendable {
  private struct State {
    var waiting: [(number: UInt32, to: Bytes32)] = []
    var reports: [(conduct: Conduct, node: Bytes32)] = []
    var came: [UInt32] = []
  }
  private let state = Mutex(State())

  var came: [UInt32] { state.withLock { $0.came } }
  func arrive(_ number: UInt32) { state.withLock { $0.came.append(number) } }
  func send(_ number: UInt32, to node: Bytes32) { state.withLock { $0.waiting.append((number, node)) } }
  func report(_ conduct: Conduct, of node: Bytes32) { state.withLock { $0.reports.append((conduct, node)) } }
  func takeLetter() -> (number: UInt32, to: Bytes32)? {
    state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }
  func takeReport() -> (conduct: Conduct, node: Bytes32)? {
    state.withLock { $0.reports.isEmpty ? nil : $0.reports.removeFirst() }
  }

  static let limits = FrameLimits(64...64)

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

/// Takes the letters for this node, sends and reports what the test gives it; what is for others goes on to `next_hop`.
private final class LetterDesk: ForwardStage {
  private let letters: Letters
  private let own: Bytes32
  private let scores: (any ScoreBook)?

  init(_ letters: Letters, _ builder: inout StageBuilder) {
    self.letters = letters
    own = builder.node.address
    scores = builder.offered(.scoreBook)
  }

  func started(_ turn: inout Turn) { turn.wake(at: turn.now) }

  func woke(_ turn: inout Turn) {
    while let (conduct, node) = letters.takeReport() { scores?.add(conduct, of: node, at: turn.now) }
    while let (number, to) = letters.takeLetter() {
      guard var packet = turn.inject(at: .forward, length: 64, route: .node(to)) else { break }
      packet.put(Letters.bytes(number, to: to).span, at: 0)
    }
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
  /// The stages around those of the plugin.
  static func letters(_ letters: Letters) -> Plugin {
    Plugin(
      name: "letters", summary: "for tests",
      stages: [
        StageDescriptor(
          .decode, "letter", summary: "reads letters", provides: .route, config: { (_: inout ConfigTable) in true },
          shape: { _ in DecodeShape(framing: .peer, limits: Letters.limits, protocolName: "hearsay letters") },
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
}
