public import MixNet

/// One hop of a route, as the sender knows it.
public struct SphinxHop: Hashable, Sendable {
  /// The node's key.
  public var key: SphinxPublicKey
  /// The node's address, by which the hop before finds it. The first hop's is not in the packet.
  public var address: Bytes32
  /// How long this node shall hold the packet. The last hop's is not in the packet.
  public var delay: Nanos

  /// A hop of a route.
  public init(key: SphinxPublicKey, address: Bytes32, delay: Nanos) {
    self.key = key
    self.address = address
    self.delay = delay
  }
}
