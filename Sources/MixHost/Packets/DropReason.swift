/// Why a packet was dropped: a closed list, counted by the host for every stage, in words that operators see.
public enum DropReason: UInt8, CaseIterable, Sendable {
  /// The size is not one that the chain's format has.
  case wrongSize
  /// Bytes that are no packet of the format.
  case malformed
  /// A version of the format that this node does not speak.
  case unknownVersion
  /// A group element in a form that no honest sender makes.
  case badKey
  /// The header's authentication failed.
  case badMAC
  /// The packet has been here before.
  case replayed
  /// The set of packets seen is full; nothing new is let through until its key ends.
  case tagsFull
  /// What must be on the disk before the packet may leave was not there in time.
  case notStored
  /// The header asks for something that a node does not do.
  case badRoute
  /// The payload is not one that a service can read.
  case badPayload
  /// Its time is over.
  case expired
  /// A validator found it wrong.
  case invalid
  /// The sender's or link's rate is used up.
  case rateLimited
  /// The sender is shut out.
  case banned
  /// No other node has this address.
  case unknownHop
  /// Neither a service nor a client of this node has this address.
  case unknownDestination
  /// The service cannot take more now.
  case serviceBusy
  /// No forward stage had a way for it.
  case noRoute
  /// The chain's packet memory is used up.
  case poolFull
  /// The queue for its link or stage is full.
  case queueFull
  /// It waited too long for a link that is up to take it.
  case linkStalled
  /// It waited too long for a link that is down, or its link is gone.
  case linkDown
  /// The mailbox is full or cannot be written.
  case mailboxFull
  /// The node stopped before it could leave.
  case stopped

  /// The word that operators see, in tables and metrics.
  public var name: String {
    switch self {
    case .wrongSize: "wrong_size"
    case .malformed: "malformed"
    case .unknownVersion: "unknown_version"
    case .badKey: "bad_key"
    case .badMAC: "bad_mac"
    case .replayed: "replayed"
    case .tagsFull: "tags_full"
    case .notStored: "not_stored"
    case .badRoute: "bad_route"
    case .badPayload: "bad_payload"
    case .expired: "expired"
    case .invalid: "invalid"
    case .rateLimited: "rate_limited"
    case .banned: "banned"
    case .unknownHop: "unknown_hop"
    case .unknownDestination: "unknown_destination"
    case .serviceBusy: "service_busy"
    case .noRoute: "no_route"
    case .poolFull: "pool_full"
    case .queueFull: "queue_full"
    case .linkStalled: "link_stalled"
    case .linkDown: "link_down"
    case .mailboxFull: "mailbox_full"
    case .stopped: "stopped"
    }
  }
}
