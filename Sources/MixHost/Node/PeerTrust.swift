import MixNet
import Synchronization

/// The peers that links of the node are opened to, and those of them that are left alone: one book for all its workers and chains,
/// since a share of the peers is a share of all of them, whichever worker has their links.
///
/// It is asked when a link is made, has failed, has come up after failures, or is gone: there is no lock a packet.
final class PeerTrust: Sendable {
  /// Whom a link is opened to: a node, in whatever chain and at whatever place, or a place of which no more is known.
  enum Peer: Hashable {
    case node(Bytes32)
    case place(Address)
  }

  private struct Entry {
    var links = 0
    /// Links that are not opened for now.
    var leftAlone = 0
  }
  private struct State {
    /// Only looked up, never gone through.
    var peers: [Peer: Entry] = [:]
    var ejections: Ejections
  }
  private let state: Mutex<State>

  init(percentMax: Int) { state = Mutex(State(ejections: Ejections(percentMax: percentMax))) }

  /// Another share from now on; who is left alone stays so.
  func change(percentMax: Int) { state.withLock { $0.ejections.percentMax = percentMax } }

  /// A link is to be opened to a peer.
  func add(_ peer: Peer) { state.withLock { $0.peers[peer, default: Entry()].links += 1 } }

  /// Such a link is gone.
  func remove(_ peer: Peer, isLeftAlone: Bool) {
    state.withLock { state in
      if isLeftAlone { Self.callAgain(peer, &state) }
      guard var entry = state.peers[peer] else { return }
      entry.links -= 1
      state.peers[peer] = entry.links > 0 ? entry : nil
    }
  }

  /// True when a link to the peer may be left closed for a while, and then it counts as such; false where too many peers are left alone
  /// already. Who is left alone on one link may be so on others.
  func leaveAlone(_ peer: Peer) -> Bool {
    state.withLock { state in
      guard var entry = state.peers[peer] else { return false }
      if entry.leftAlone == 0 {
        guard state.ejections.allowsOneMore(of: state.peers.count) else { return false }
        state.ejections.changed(isOpen: true)
      }
      entry.leftAlone += 1
      state.peers[peer] = entry
      return true
    }
  }

  /// One of the links that were left closed is not any more.
  func callAgain(_ peer: Peer) { state.withLock { Self.callAgain(peer, &$0) } }

  private static func callAgain(_ peer: Peer, _ state: inout State) {
    guard var entry = state.peers[peer], entry.leftAlone > 0 else { return }
    entry.leftAlone -= 1
    if entry.leftAlone == 0 { state.ejections.changed(isOpen: false) }
    state.peers[peer] = entry
  }

  /// Peers, and those of them that are left alone.
  var counts: (all: Int, leftAlone: Int) { state.withLock { ($0.peers.count, $0.ejections.count) } }
}
