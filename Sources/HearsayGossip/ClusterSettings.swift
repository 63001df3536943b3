import HearsayRuntime
public import MixNet

/// What a ``GossipNode`` keeps to. What is not here has the default of the tables `[gossip]` and `[links]`.
public struct ClusterSettings: Sendable {
  /// The key that all nodes of the cluster share.
  public var key: Bytes32
  /// By this name the others know the node, through restarts, too: letters, digits, `.`, `_` and `-`, 64 at most. No two nodes of a cluster may have
  /// the same. Nil: a name that nobody else has.
  public var name: String?
  /// Nodes to begin with; none for the first one of a cluster.
  public var seeds: [Address] = []
  /// Where others reach this node, if that is not where it listens.
  public var advertise: Address?
  /// How many nodes there are, about.
  public var nodesExpected = 100
  /// Each node's messages come in the order in which it published them.
  public var isOrdered = false
  /// True: each node knows all, and they speak by datagrams, to the port at which they listen. False: each watches its neighbours only,
  /// over its links; for many thousand nodes, or where there are no datagrams.
  public var watchesAll = true
  /// How often a node is probed.
  public var probeInterval = Duration.milliseconds(250)
  /// Bytes that wait to be published; with more, ``GossipNode/publish(_:to:priority:)`` waits.
  public var publishBytes = 32 << 20
  /// Dictionaries for compression, which all nodes of the cluster have: the first one is used.
  public var dictionaries: [[UInt8]] = []
  /// Packets that the node has memory for, 32 KiB at most each.
  public var poolSize = 2_048

  /// The settings of a cluster's node that nothing else is said about.
  public init(key: Bytes32) { self.key = key }

  static let chain = "cluster"
  static let stage = "gossip"
  /// Where the node finds what it reads: in memory.
  private static let keyFile = "/given/cluster.key"
  private static func dictionaryFile(_ number: Int) -> String { "/given/dictionary-\(number)" }

  var files: FilesInMemory {
    var files = [Self.keyFile: Array(Hex.text(key.array).utf8)]
    for (number, dictionary) in dictionaries.enumerated() { files[Self.dictionaryFile(number)] = dictionary }
    return FilesInMemory(files)
  }

  /// The configuration of the node behind it.
  func configuration(name: String, listen: Address) throws(ClusterError) -> String {
    if let mistake = FacadeText.mistake(inName: name) { throw .cannotStart(mistake) }
    for address in seeds + [listen] + (advertise.map { [$0] } ?? []) {
      if let mistake = FacadeText.mistake(inAddress: address) { throw .cannotStart(mistake) }
    }
    func list(_ words: [String]) -> String { "[" + words.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
    return """
      [node]
      name = "\(name)"
      [chain.\(Self.chain)]
      listen = "\(listen)"
      \(watchesAll ? "datagrams = \"\(listen)\"" : "")
      workers = 1
      decode = ["\(Self.stage)"]
      verify = ["dedup", "signature"]
      forward = ["gossip_push"]
      [pipeline]
      workers = 1
      pool_size = \(poolSize)
      drain_max_ms = 1000
      [\(Self.stage)]
      cluster_key = "\(Self.keyFile)"
      seeds = \(list(seeds.map(\.description)))
      \(advertise.map { "advertise = \"\($0)\"" } ?? "")
      dictionaries = \(list(dictionaries.indices.map(Self.dictionaryFile)))
      nodes_expected = \(nodesExpected)
      ordered = \(isOrdered)
      watch = "\(watchesAll ? "everybody" : "neighbours")"
      probe_interval_ms = \(probeInterval.nanos.ms)
      publish_bytes = \(publishBytes)
      """
  }
}
