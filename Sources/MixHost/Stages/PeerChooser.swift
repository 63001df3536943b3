public import MixNet

/// Which peers a node may use now, and the links to them: what gossip and routes ask. Used on the worker of the chain's tail.
///
/// Where a chain has a stage that offers it, the stage alone opens links to other nodes: whoever wants to send asks for
/// the link, and sends to nobody for whom there is none.
public protocol PeerChooser: AnyObject {
  /// The epoch that it is; zero before the chain has begun.
  var epoch: UInt64 { get }
  /// The addresses of the nodes that were chosen for an epoch, in the order in which they were; none for an epoch that is neither the
  /// present one nor the one before that still overlaps.
  func peers(in epoch: UInt64) -> [Bytes32]
  /// Whether a node may be used now: it is chosen, or was and the overlap lasts.
  func isChosen(_ peer: Bytes32) -> Bool
  /// The link to a node that may be used now: one that is up where there is one, else one that is coming up. Ask anew for each
  /// packet, since links follow the epochs.
  func link(to peer: Bytes32) -> LinkID?
  /// Whom another node, or this one, may send to now, in the order in which they were chosen: what it has proved to this one. Nil
  /// for a node of which that is not known, among them all that neither have a link to this one nor are used by it.
  func peers(of node: Bytes32) -> [Bytes32]?
  /// Another number whenever ``isChosen(_:)`` or ``peers(of:)`` may have other answers than before.
  var revision: UInt64 { get }
}

extension CapabilityKey where C == any PeerChooser {
  /// Which peers a node may use.
  public static var peerChooser: Self { Self("peer_chooser") }
}
