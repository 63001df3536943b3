import HearsayRuntime
import MixHost
import MixNet

/// What a ``PeerServer`` or ``PeerClient`` keeps to. What is not here has the default of the table `[messages]` or `[links]`.
public struct PeerSettings: Sendable {
  /// By this name others know the node: their registries go by a hash of it. Letters, digits, `.`, `_` and `-`, 64 at most; nil:
  /// a name that nobody else has. Who keeps a name through a restart is recognised, and what it had not confirmed is told.
  public var name: String?
  /// The largest message in bytes; it must be the same on both sides.
  public var messageMax = 32_768
  /// What a stream's messages that wait to be received may cost: their bytes and 16 more each.
  public var window = 262_144
  /// Bytes of a stream's reliable messages that are not confirmed.
  public var sendBytes = 262_144
  /// Streams that each side may have open with one peer.
  public var streamsMax = 16
  /// Links that there should be to a peer. Memory is taken at the start for what may wait on all links of all peers.
  public var linksPerPeer = 1
  /// Peers that are talked with at once; a side that talks with few takes less memory when it says so. One of eight, and one at
  /// least where there are several, is kept for those that this side connects to.
  public var peersMax = 64
  /// Streams that others have opened and nobody has accepted; more are refused.
  public var backlog = 128
  /// Bytes of messages that came from peers which are gone, kept until they are received; as many as wait on one stream are kept
  /// in any case. Beyond it the oldest stream's are dropped, and who receives on it is told.
  public var unreadMax = 16_777_216
  /// A peer without a link is forgotten after so long.
  public var forget = Duration.seconds(60)
  /// A peer that owes news for so long is asked.
  public var patience = Duration.seconds(2)

  /// The settings that nothing else is said about.
  public init() {}

  static let chain = "peers"
  static let stage = "messages"
  /// What a message costs beside its bytes.
  static let messageCost = 16
  /// The bound of what is kept, in what messages cost.
  var keptMax: Int { max(unreadMax, window + 2 * (looseBytes + 64 * Self.messageCost)) }
  private var looseBytes: Int { max(32_768, messageMax) }

  /// Frames that wait on one link at most, as the stage gives them.
  private static let framesPerLink = 32
  /// Frames that are there for what comes, whatever waits.
  private static let reserve = 1_024

  /// Frames that the node has memory for. With less, peers that read nothing would hold all of them, and nobody else could be
  /// talked with. It is twice what waits at most, because the memory comes in pieces of several sizes.
  private var poolSize: Int {
    let links = max(1, min(peersMax, 4_096)) * max(1, min(linksPerPeer, 8))
    return 2 * links * Self.framesPerLink + Self.reserve
  }

  /// The configuration of the node behind it.
  func configuration(name: String, listen: Address?) throws(PeerError) -> String {
    if let mistake = FacadeText.mistake(inName: name) { throw .cannotStart(mistake) }
    if let mistake = listen.flatMap({ FacadeText.mistake(inAddress: $0) }) { throw .cannotStart(mistake) }
    let address = listen?.description ?? ""
    return """
      [node]
      name = "\(name)"
      [chain.\(Self.chain)]
      \(listen == nil ? "" : "listen = \"\(address)\"")
      decode = ["\(Self.stage)"]
      [pipeline]
      workers = 1
      pool_size = \(poolSize)
      drain_max_ms = 1000
      [links]
      link_age_max_ms = 600000
      [\(Self.stage)]
      message_max = \(messageMax)
      window = \(window)
      send_bytes = \(sendBytes)
      loose_bytes = \(looseBytes)
      streams_max = \(streamsMax)
      links_per_peer = \(linksPerPeer)
      peers_max = \(peersMax)
      forget_ms = \(forget.nanos.ms)
      patience_ms = \(patience.nanos.ms)
      """
  }
}
