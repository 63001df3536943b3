import Gossip
public import MixNet

/// A message as an application gets it.
public struct ClusterMessage: Equatable, Sendable {
  /// What goes first where not everything can.
  public enum Priority: CaseIterable, Sendable {
    /// Before all others.
    case critical
    /// As a rule.
    case normal
    /// Behind all others.
    case bulk

    var header: GossipHeader.Priority {
      switch self {
      case .critical: .critical
      case .normal: .normal
      case .bulk: .bulk
      }
    }

    init(_ priority: GossipHeader.Priority) {
      switch priority {
      case .critical: self = .critical
      case .normal: self = .normal
      case .bulk: self = .bulk
      }
    }
  }

  /// What was published.
  public let bytes: [UInt8]
  /// Who published it; zero bytes where messages name no origin.
  public let origin: Bytes32
  /// A life of the origin; later ones have larger numbers.
  public let epoch: UInt64
  /// The origin's number for it, which rises; a large message takes several.
  public let sequence: UInt64
  /// When it was published, in milliseconds since 1970 by the origin's clock.
  public let createdMS: UInt64
  /// Links that it has passed; 0 for this node's own.
  public let hops: Int
  /// How urgent it is.
  public let priority: Priority
  /// So many messages stood before it and were dropped, because they were not read in time.
  public internal(set) var lostBefore: UInt64 = 0

  init(_ message: GossipMessage) {
    (bytes, origin, epoch, sequence) = (message.payload, message.origin, message.epoch, message.sequence)
    (createdMS, hops, priority) = (message.createdMS, Int(message.hop), Priority(message.priority))
  }

  /// What it takes while it waits.
  var size: Int { bytes.count + 128 }
}

/// A node of a cluster, as another one knows it.
public struct ClusterMember: Equatable, Sendable {
  /// How it is.
  public enum Status: String, Sendable {
    /// It answers.
    case alive
    /// It does not answer, and may still speak up.
    case suspect
    /// It was given up.
    case dead
    /// It has said goodbye.
    case left
  }

  /// Its address of 32 bytes.
  public let identity: Bytes32
  /// Where it is reached.
  public let address: Address
  /// How it is, as far as is known.
  public let status: Status
  /// Whether messages go to it directly.
  public let isNeighbour: Bool
  /// Whether it is the node that was asked.
  public let isSelf: Bool

  init(_ member: GossipMember) {
    (identity, address) = (member.node.id, member.node.address)
    (isNeighbour, isSelf) = (member.isNeighbour, member.isSelf)
    status =
      switch member.status {
      case .alive: .alive
      case .suspect: .suspect
      case .dead: .dead
      case .left: .left
      }
  }
}
