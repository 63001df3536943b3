public import MixNet

/// What a node learned from the header of one packet.
public enum SphinxHeader: Hashable, Sendable {
  /// To be passed on.
  case forward(ForwardHop)
  /// Arrived: the payload is for a service or a client of this node.
  case final(FinalHop)
  /// Not authentic under the key of this round; ``SphinxUnwrapper/exchange()`` starts the round of the next key.
  case undecided
  /// To be dropped.
  case refused(SphinxRefusal)
}

/// The block of a hop that passes the packet on.
public struct ForwardHop: Hashable, Sendable {
  /// The address of the next node.
  public let nextHop: Bytes32
  /// How long to hold the packet, as its sender chose; any number at all.
  public let delay: Nanos
  /// The replay tag: the same for every copy of one packet at this node, under one key.
  public let tag: Bytes32
  /// The version that the sender chose.
  public let version: SphinxVersion
}

/// The block of the last hop.
public struct FinalHop: Hashable, Sendable {
  /// For whom the payload is, and which reply it is.
  public let recipient: SphinxRecipient
  /// The replay tag: the same for every copy of one packet at this node, under one key.
  public let tag: Bytes32
  /// The version that the sender chose.
  public let version: SphinxVersion
}

/// Where a packet ends: what its last hop reads.
public struct SphinxRecipient: Hashable, Sendable {
  /// A service or client of the last node.
  public var destination: Bytes32
  /// The identifier of a reply, by which its reader finds what opens it; for other packets, of no meaning here.
  public var identifier: Bytes16

  /// The recipient of a packet.
  public init(destination: Bytes32, identifier: Bytes16) {
    self.destination = destination
    self.identifier = identifier
  }
}
