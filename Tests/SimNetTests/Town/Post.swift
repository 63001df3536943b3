import MixHost
import MixNet
import Synchronization

/// What a node of a town is to send, and what has come to it: the test's hands in an unchanged node.
final class Post: Sendable {
  private struct State {
    var waiting: [(to: Bytes32, bytes: [UInt8])] = []
    var came: [[UInt8]] = []
    var hangsUp = false
  }
  private let state = Mutex(State())

  /// What has come, in the order in which it came.
  var came: [[UInt8]] { state.withLock { $0.came } }
  var count: Int { state.withLock { $0.came.count } }

  func send(_ bytes: [UInt8], to node: Bytes32) { state.withLock { $0.waiting.append((node, bytes)) } }
  /// Closes all links.
  func hangUp() { state.withLock { $0.hangsUp = true } }
  /// Whether to do so now.
  func takeHangUp() -> Bool {
    state.withLock { state in
      defer { state.hangsUp = false }
      return state.hangsUp
    }
  }
  func arrive(_ bytes: [UInt8]) { state.withLock { $0.came.append(bytes) } }
  /// Hands out what waits, as long as it is taken.
  func hand(_ most: Int, _ take: (_ to: Bytes32, _ bytes: [UInt8]) -> Bool) {
    let some = state.withLock { Array($0.waiting.prefix(most)) }
    let count = some.prefix { take($0.to, $0.bytes) }.count
    state.withLock { $0.waiting.removeFirst(count) }
  }
}

/// Frames between nodes, without cryptography.
final class LetterDecode: DecodeStage {
  static let sizes = 1...4_096
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {}
}

/// Sends what a post holds to the nodes that it is for, by one link a node, and gives the post what comes.
final class LetterForward: ForwardStage {
  private let post: Post
  private let node: NodeFacts
  private let chain: String
  private var links: [Bytes32: LinkID] = [:]

  init(_ post: Post, _ builder: inout StageBuilder) {
    self.post = post
    node = builder.node
    chain = builder.plan.name
  }

  func started(_ turn: inout Turn) { turn.wake(at: turn.now) }

  func woke(_ turn: inout Turn) {
    post.hand(32) { to, bytes in
      guard var packet = turn.inject(at: .forward, length: bytes.count, route: .node(to)) else { return false }
      packet.put(bytes.span, at: 0)
      return true
    }
    if post.takeHangUp() {
      for link in links.values { turn.close(link) }
      links = [:]
    }
    turn.wake(at: turn.now + .ms(5))
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      guard case .node(let address) = columns.route(i) else {
        let bytes = batch.bytes(i)
        post.arrive(bytes.indices.map { bytes[$0] })
        verdicts.consume(i)
        continue
      }
      let link = links[address] ?? open(address, &turn)
      links[address] = link
      guard let link, outlets.send(i, on: link) else {
        verdicts.drop(i, .linkDown)
        continue
      }
    }
  }

  private func open(_ address: Bytes32, _ turn: inout Turn) -> LinkID? {
    let place = node.directory.nodes.first { $0.address == address }?.listens(chain)
    return place.flatMap { turn.open($0, peer: address) }
  }
}

extension Plugin {
  /// The stages of a town's node.
  static func letters(_ post: Post) -> Plugin {
    Plugin(
      name: "letters", summary: "for tests",
      stages: [
        StageDescriptor(
          .decode, "letter", summary: "takes frames", provides: [.route], config: { (_: inout ConfigTable) in true },
          shape: { _ in
            DecodeShape(framing: .peer, limits: FrameLimits(LetterDecode.sizes), protocolName: "hearsay letters")
          },
          make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in LetterDecode() }),
        StageDescriptor(
          .forward, "deliver", summary: "delivers", needs: .route, config: { (_: inout ConfigTable) in true },
          make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
            LetterForward(post, &builder)
          }),
      ])
  }
}
