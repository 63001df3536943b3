import MixHost
import MixNet

/// What `[gossip]` says.
struct GossipConfig: Sendable {
  /// Which messages are one.
  enum Dedup: String, CaseIterable, Sendable { case id, content }
  /// Whom a node watches.
  enum Watch: String, CaseIterable, Sendable { case everybody, neighbours }

  var settings = GossipSettings()
  let clusterKey: String?
  let moreKeys: [String]
  let signingKey: String?
  let dictionaries: [String]
  let advertise: Address?

  /// The largest frame: a message with the largest part of a payload.
  static let frameMax = LinkFrame.messageHead + MessageFrame.overheadMax + Chunk.headerSize + Chunk.partSize

  init(from table: inout ConfigTable) {
    clusterKey = table.path(
      "cluster_key", "file of the key that all nodes of the cluster share (64 hex digits); or give signing_key")
    moreKeys = table.strings(
      "more_keys", count: 0...(Keyring.keysMax - 1), "files of further keys that are taken, while keys change")
    signingKey = table.path(
      "signing_key", "file of the node's own Ed25519 seed (64 hex digits), for clusters whose nodes sign")
    advertise = table.address(
      "advertise", "where others reach this node; if not given, the address on which the chain listens")
    dictionaries = table.strings(
      "dictionaries", count: 0...ZstdCodec.dictionariesMax,
      "files of dictionaries for compression; the first is used, all are understood")
    settings.views.seeds = table.targets("seeds", count: 0...64, "nodes to begin with")
    settings.views.anchors = table.targets(
      "anchors", count: 0...16, "nodes that are trusted more than others' words: a few links to them are always kept")
    let hasKey = clusterKey != nil || signingKey != nil
    readViews(table)
    readMembers(table)
    readMessages(table)
    readQueues(table)
    if clusterKey != nil, signingKey != nil {
      table.mistake(at: "signing_key", "a cluster has 'cluster_key' or its nodes have 'signing_key', not both")
    }
    if !hasKey { table.mistake(at: "cluster_key", "'cluster_key' or 'signing_key' must be set") }
    if signingKey != nil, !moreKeys.isEmpty {
      table.mistake(at: "more_keys", "'more_keys' goes with 'cluster_key'")
    }
  }

  private mutating func readViews(_ table: ConfigTable) {
    settings.views.expectedNodes = table.int(
      "nodes_expected", default: 100, in: 2...1_000_000,
      "nodes of the cluster, about: how many neighbours each has follows from it")
    settings.views.limitsNetgroups = table.bool(
      "netgroups", default: false, "true where anybody may join: few neighbours from one network (/16, or /32 of IPv6)")
    settings.meshMax = table.int(
      "mesh_nodes_max", default: 64, in: 0...128,
      "up to so many nodes each has a link to each, and messages go straight to all; 0: never")
    settings.meshPayloadMax = table.int(
      "mesh_payload_max", default: 8_192, in: 0...32_768, "larger payloads go along trees even then, in bytes")
    settings.meshDatagrams = table.bool(
      "mesh_datagrams", default: true,
      "with cluster_key and without 'ordered', messages of up to 1,048 bytes go straight to all as datagrams, if the chain has some"
    )
  }

  private mutating func readMembers(_ table: ConfigTable) {
    let watch = table.choice(
      "watch", default: Watch.everybody,
      "everybody: each node knows all; neighbours: for many thousand nodes, or where there are no datagrams")
    settings.swim.mode = watch == .everybody ? .everybody : .neighbours
    settings.swim.period = table.milliseconds(
      "probe_interval_ms", default: 250, in: 20...60_000, "one node is probed in each such time; 5000 over the world")
    settings.swim.timeoutMin = table.milliseconds(
      "probe_timeout_min_ms", default: 50, in: 1...60_000, "shortest wait for its answer")
    settings.swim.timeoutMax = table.milliseconds(
      "probe_timeout_max_ms", default: 500, in: 1...60_000, "longest wait for its answer")
    settings.health.interval = table.milliseconds(
      "check_interval_ms", default: 30_000, in: 100...3_600_000,
      "a peer that was silent for so long is asked over its link")
    settings.health.timeout = table.milliseconds(
      "check_timeout_ms", default: 5_000, in: 10...600_000, "how long its answer may take")
    settings.health.unhealthyAfter = table.int(
      "check_failures", default: 3, in: 2...100, "checks in a row that fail before another gets its place")
    settings.health.degradedAfter = min(settings.health.degradedAfter, settings.health.unhealthyAfter)
    settings.health.stale = table.seconds(
      "stale_s", default: 300, in: 1...86_400, "who has said nothing for so long is forgotten, and its link closed")
    settings.swim.membersMax = table.int(
      "members_max", default: 16_384, in: 2...1_000_000, "nodes that are known at most, the dead with them")
  }

  private mutating func readMessages(_ table: ConfigTable) {
    let dedup = table.choice(
      "dedup", default: Dedup.id, "id: each message once; content: each payload of a topic once, whoever sends it")
    settings.broadcast.byContent = dedup == .content
    settings.broadcast.dedupMax = table.int(
      "dedup_max", default: 262_144, in: 1_024...16_777_216, "ids of messages that are remembered")
    settings.broadcast.dedupKeep = table.seconds(
      "dedup_s", default: 120, in: 1...86_400, "and for how long at least, unless there are too many")
    settings.broadcast.cacheBytes = table.int(
      "history_bytes", default: 64 << 20, in: 65_536...(4 << 30),
      "bytes of messages that are kept for those who lack them")
    settings.broadcast.cacheMessages = table.int(
      "history_messages", default: 65_536, in: 64...16_777_216, "messages that are kept for them")
    settings.broadcast.cacheKeep = table.seconds("history_s", default: 30, in: 1...3_600, "and for how long")
    settings.broadcast.tree.originsMax = table.int(
      "origins_max", default: 4_096, in: 16...1_000_000, "nodes whose messages' ways and numbers are remembered")
    settings.lifeMS = UInt32(
      table.milliseconds("life_ms", default: 60_000, in: 100...3_600_000, "how long a message is passed on").ms)
    settings.broadcast.lifeMaxMS = max(60_000, UInt64(settings.lifeMS))
    settings.isOrdered = table.bool(
      "ordered", default: false, "true: each node's messages are delivered in the order in which it published them")
    settings.namesOrigin = table.bool(
      "origins", default: true, "false: messages do not say who published them; with cluster_key only")
    settings.publishDelay = table.milliseconds(
      "publish_delay_ms", default: 0, in: 0...600_000,
      "mean of the random time that a message waits before it first leaves; with origins = false only")
    if !settings.namesOrigin, clusterKey == nil {
      table.mistake(at: "origins", "messages without origins need 'cluster_key': a signature says who signed")
    }
    if settings.publishDelay > .zero, settings.namesOrigin {
      table.mistake(at: "publish_delay_ms", "'publish_delay_ms' hides nothing while messages name their origins")
    }
    if settings.isOrdered, !settings.namesOrigin {
      table.mistake(at: "ordered", "messages without origins have no order")
    }
  }

  private mutating func readQueues(_ table: ConfigTable) {
    settings.queueBytes = table.int(
      "queue_bytes", default: 4 << 20, in: 65_536...(1 << 30), "bytes of messages that wait for one neighbour")
    settings.publishBytes = table.int(
      "publish_bytes", default: 32 << 20, in: 65_536...(1 << 30), "bytes that wait to be published; more is refused")
    settings.relayAgeMax = table.milliseconds(
      "relay_age_max_ms", default: 1_000, in: 10...60_000,
      "a message that waits longer for a neighbour is only announced to it")
    func rate(_ key: String, _ doc: String) -> UInt64 {
      UInt64(table.int(key, default: 0, in: 0...1_000_000_000, "\(doc); 0: any number"))
    }
    settings.linkMessages = rate("link_messages_per_s", "messages a second that one neighbour may send")
    settings.linkMessagesBurst = max(1_000, settings.linkMessages * 2)
    settings.linkBytes = rate("link_bytes_per_s", "bytes a second that one neighbour may send")
    settings.linkBytesBurst = max(16 << 20, settings.linkBytes * 2)
    settings.originMessages = rate("origin_messages_per_s", "messages a second of one origin")
    settings.originMessagesBurst = max(1_000, settings.originMessages * 2)
  }

  /// What the node may come to take for it, in bytes: what is kept for others, what waits, and what is remembered.
  var bytesMax: Int {
    let broadcast = settings.broadcast
    let remembered = broadcast.dedupMax * 40 + broadcast.tree.originsMax * 800 + settings.swim.membersMax * 240
    let waiting = settings.linksMax * (settings.controlBytes + settings.queueBytes / 4)
    let ordered = settings.isOrdered ? settings.order.heldMax * settings.codec.payloadMax : 0
    return broadcast.cacheBytes + broadcast.cacheMessages * 160 + remembered + settings.publishBytes
      + settings.chunks.bytesMax + waiting + ordered
  }
}
