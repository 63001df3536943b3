public import MixHost
public import MixNet

/// What became of one packet that the kit fed.
public struct PacketFate: Equatable, Sendable {
  /// Why a packet went no further.
  public enum Verdict: Equatable, Sendable {
    /// A stage took it for itself.
    case consumed
    /// It was dropped, for this reason, when stages of this phase were called.
    case dropped(DropReason, after: Phase)
  }

  /// One way by which a packet, or a frame of a stage's own, left the chain.
  public struct Departure: Equatable, Sendable {
    /// Where to.
    public let target: Target
    /// Its bytes, as they are sent: with the prefix, without what was skipped.
    public let bytes: [UInt8]
  }

  /// Where something leaves to.
  public enum Target: Equatable, Sendable {
    /// A link. The chain's end, which the kit brings, sends on ``StageConformance/end``.
    case link(LinkID)
    /// A client; the identifier is the SURB's.
    case client(Bytes32, identifier: Bytes16)
    /// The chain of this number.
    case chain(Int)
    /// A datagram.
    case datagram(Address)
  }

  /// The verdicts on it; more than one is a fault.
  public internal(set) var verdicts: [Verdict] = []
  /// The ways by which it left.
  public internal(set) var departures: [Departure] = []
  /// How often it was given an outlet: one for every time that a forward stage sent it or served it to a claimed address;
  /// more than one is a fault.
  public internal(set) var settled = 0
  /// What the stage, if it is a delay stage, has added to its deadline.
  public internal(set) var delay: Nanos?
  /// The time from when it was fed to its verdict or its way out; nil when it is still in the chain.
  public internal(set) var stay: Nanos?

  /// What the stage, if it is a decode stage, has written to the columns.
  var columns = ""
  var fed = Instant.zero
  var cameToMix: Instant?
  var left: Instant?

  /// Why it was dropped; nil when it was not.
  public var dropReason: DropReason? {
    if case .dropped(let reason, _) = verdicts.first { reason } else { nil }
  }

  /// The links on which it left, in order.
  public var links: [LinkID] {
    departures.compactMap { if case .link(let link) = $0.target { link } else { nil } }
  }

  /// True when it has ended as it should: in one way, once.
  public var hasEndedOnce: Bool { verdicts.count + settled == 1 }

  /// The same but for the times of coming and going, which the cut into batches may shift.
  func isLike(_ other: PacketFate) -> Bool {
    verdicts == other.verdicts && departures == other.departures && settled == other.settled
      && columns == other.columns && delay == other.delay
  }
}

extension PacketFate.Verdict: CustomStringConvertible {
  /// `consumed` or `dropped (replayed) after verify`.
  public var description: String {
    switch self {
    case .consumed: "consumed"
    case .dropped(let reason, let phase): "dropped (\(reason.name)) after \(phase.name)"
    }
  }
}

extension PacketFate.Departure: CustomStringConvertible {
  /// Where to, how many bytes, and the beginning of their hash.
  public var description: String {
    let to =
      switch target {
      case .link(let link): "on link \(link)"
      case .client(let address, let identifier): "to client \(address), identifier \(identifier)"
      case .chain(let number): "to chain \(number)"
      case .datagram(let address): "as a datagram to \(address)"
      }
    return "\(to), \(bytes.count) bytes \(Fingerprint.of(bytes).description.prefix(12))"
  }
}

extension PacketFate: CustomStringConvertible {
  /// What became of it, in words.
  public var description: String {
    var words = verdicts.map(\.description)
    if let delay { words.append("delayed by \(delay.ns) ns") }
    words += departures.map { "sent \($0)" }
    if departures.isEmpty, settled > 0 { words.append("delivered here") }
    if !columns.isEmpty { words.append(columns) }
    return words.isEmpty ? "held" : words.joined(separator: ", ")
  }
}
