public import MixNet

/// One fact about a stage.
public struct StatusField: Sendable {
  /// Its value.
  public enum Value: Sendable {
    /// A count or a size.
    case int(Int)
    /// A measure.
    case double(Double)
    /// A word.
    case text(String)
  }
  /// Its name, units last.
  public let name: String
  /// Its value.
  public let value: Value
  /// A fact of this name.
  public init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }
}

/// What one stage says about itself.
public struct StageStatus: Sendable {
  /// `type` or `type/name`.
  public let stage: String
  /// The facts.
  public let fields: [StatusField]
}

/// How many packets got one verdict from one stage.
public struct VerdictCount: Sendable {
  /// The stage; `link_in`, `link_out` and `mailbox` are the host's own.
  public let stage: String
  /// The reason; `consumed` when the stage took the packet for itself.
  public let reason: String
  /// How many.
  public let count: UInt64
}

/// A chain as it is now, summed over the workers.
public struct ChainStatus: Sendable {
  /// Its name.
  public let name: String
  /// The host's counters, in their order.
  public let counters: [(name: String, count: UInt64)]
  /// Drops, by stage and reason, those that happened.
  public let dropped: [VerdictCount]
  /// Packets that stages took for themselves.
  public let consumed: [VerdictCount]
  /// Things given up that were no packets in the chain.
  public let asides: [VerdictCount]
  /// Packets that are in the chain now.
  public let held: Int
  /// Packets that wait for links now.
  public let queued: Int
  /// What the stages say about themselves.
  public let stages: [StageStatus]

  /// One counter.
  public func count(_ counter: Counter) -> UInt64 { counters.first { $0.name == counter.name }?.count ?? 0 }
}

/// A link as it is now.
public struct LinkStatus: Sendable {
  /// Its name within the node.
  public let id: String
  /// `peer`, `raw`, `client` or `stage`.
  public let kind: String
  /// The chain it belongs to.
  public let chain: String
  /// True when this node opened it.
  public let isDialled: Bool
  /// The other end's address.
  public let address: String
  /// The other end's 32-byte address, if it has said so.
  public let peer: Bytes32?
  /// `connecting`, `greeting`, `up`, `resting` or `closing`.
  public let state: String
  /// Frames read and written.
  public let framesIn: UInt64, framesOut: UInt64
  /// Bytes read and written.
  public let bytesIn: UInt64, bytesOut: UInt64
  /// Packets that wait for it.
  public let queued: Int
  /// Packets dropped because it could not take them.
  public let dropped: UInt64
  /// How often it has connected.
  public let connects: UInt64
  /// Why it was last closed.
  public let lastReason: String?
  /// Failures in a row of a link that this node opened.
  public let failures: Int
  /// True while the peer is left alone because it has failed too often.
  public let isLeftAlone: Bool
  /// The smoothed round-trip time; zero while it is not known.
  public let roundTrip: Nanos
}

/// A node as it is now.
public struct NodeStatus: Sendable {
  /// Its name.
  public let name: String
  /// Its address.
  public let address: Bytes32
  /// True once it has been told to stop.
  public let isStopping: Bool
  /// How many workers run it.
  public let workers: Int
  /// Its chains.
  public let chains: [ChainStatus]
  /// Its links.
  public let links: [LinkStatus]
  /// Clients that are attached.
  public let clients: Int
  /// Connections that were not let in, by reason.
  public let linksRefused: [(reason: String, count: Int)]
  /// Connections that have ended and connects that have failed, by the name of the ``MixNet/CloseReason``; those that happened.
  public let linksClosed: [(reason: String, count: Int)]
  /// Accepts that failed for want of descriptors.
  public let acceptsExhausted: Int
  /// The memory that it has taken at its start, in bytes.
  public let memory: Int
}
