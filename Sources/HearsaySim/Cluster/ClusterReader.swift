import Gossip
import MixHost
import MixNet
import Synchronization

/// A subscriber at one member of a cluster: how often it got each message, which bears a number, and who had published it.
final class ClusterReader: GossipReader {
  private struct State {
    var counts: [Int: Int] = [:]
    var origins: [Int: Bytes32] = [:]
    var nodes = 0
  }
  private let state = Mutex(State())

  func take(_ message: GossipMessage) -> Bool {
    guard let number = ClusterMessage.number(in: message.payload) else { return true }
    state.withLock { state in
      state.counts[number, default: 0] += 1
      state.origins[number] = message.origin
    }
    return true
  }

  /// How often a message has come.
  func count(_ number: Int) -> Int { state.withLock { $0.counts[number] ?? 0 } }
  /// How many messages have come, each counted once.
  var messages: Int { state.withLock { $0.counts.count } }
  /// The name of who published a message, as it says.
  func origin(_ number: Int) -> Bytes32? { state.withLock { $0.origins[number] } }

  /// Subscribes at a node.
  func begin(at node: Node) {
    node.tellCluster { [self] stage, _ in _ = stage.subscribe(ClusterPlan.topic, self) }
  }

  /// Looks up, in a later turn, how many nodes this one knows.
  func countNodes(of node: Node) {
    node.tellCluster { [self] stage, _ in
      let count = stage.members.count
      state.withLock { $0.nodes = count }
    }
  }

  /// As many as it knew when that was last looked up, itself among them.
  var nodes: Int { state.withLock { $0.nodes } }
}

/// What users publish: a number that nobody but the one who counts looks at, and bytes that are the same for all.
enum ClusterMessage {
  static let size = 32

  static func payload(_ number: Int) -> [UInt8] {
    var payload = [UInt8](repeating: 0x2e, count: size)
    var span = payload.mutableSpan
    span.put(bigEndian: UInt64(clamping: number), at: 0)
    return payload
  }

  static func number(in payload: [UInt8]) -> Int? {
    payload.count == size ? Int(exactly: payload.span.bigEndianWord(at: 0)) : nil
  }
}
