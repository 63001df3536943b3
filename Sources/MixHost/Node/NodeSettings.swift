public import MixNet

/// The limits and times of a node's links and of its stop, from the tables `[links]` and `[pipeline]`.
public struct NodeSettings: Sendable {
  /// Links of the whole node.
  public var linksMax = 1_024
  /// How long a packet may wait for its link.
  public var linkAgeMax = Nanos.ms(2_000)
  /// The pauses before a broken link is opened again.
  public var backoff = Backoff.Settings()
  /// When a peer that cannot be reached is left alone for longer.
  public var breaker = Breaker.Settings()
  /// The greatest share of the links that the node opens which may be left alone at once, in percent.
  public var ejectedPercentMax = 50
  /// How links between nodes are watched.
  public var keepAlive = KeepAlive.Settings()
  /// A raw link that came in is closed after so long without a frame; zero: never.
  public var idleTimeout = Nanos.s(180)
  /// How fast links may be read and written.
  public var rates = LinkRates()
  /// How long a link that is closed may take to send what waits.
  public var flushMax = Nanos.ms(1_000)
  /// Who may come in.
  public var admission = ConnectionLimits.Settings()
  /// How long a connect may take.
  public var connectTimeout = Nanos.ms(5_000)
  /// How long the handshake or the attaching may take in all.
  public var handshakeTimeout = Nanos.ms(5_000)
  /// How long one frame may take from its first byte to its last.
  public var frameTimeout = Nanos.ms(10_000)
  /// After so long without a byte taken by the other side, a link with something to send is closed.
  public var stallTimeout = Nanos.ms(20_000)
  /// Packets that may wait for one link.
  public var maxQueueDepth = 10_000
  /// True: held packets leave at once when the node stops; false: at their time.
  public var drainAtOnce = false
  /// How long the node may take to stop.
  public var drainMax = Nanos.ms(5_000)

  /// The defaults.
  public init() {}
}
