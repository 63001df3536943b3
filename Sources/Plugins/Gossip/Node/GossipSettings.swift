package import MixNet

/// The times and bounds of a ``GossipCore``.
package struct GossipSettings: Sendable {
  package var views = ViewSettings()
  package var swim = SwimSettings()
  package var broadcast = BroadcastSettings()
  package var codec = CodecSettings()
  package var health = HealthSettings()
  package var chunks = ChunkAssembler.Settings()
  package var order = DeliveryOrder<GossipMessage>.Settings()
  /// Each origin's messages are delivered in the order of their numbers.
  package var isOrdered = false
  /// Failure detection speaks by datagrams; else over links, and then each node watches its neighbours only.
  package var usesDatagrams = true
  /// Messages name who published them. Without, they have no numbers either: neither order nor comparisons are possible.
  package var namesOrigin = true
  /// How long a message may be passed on, in milliseconds.
  package var lifeMS: UInt32 = 60_000
  /// A message waits for a random time of this mean before it is first sent; only where it names no origin.
  package var publishDelay = Nanos.zero

  /// Up to so many nodes, this one with them, each has a link to each, and messages go straight to all; 0: never.
  package var meshMax = 64
  /// Larger payloads go along the trees even then.
  package var meshPayloadMax = 8_192
  /// Small ones go as datagrams, where nodes have some and share a key: so many a second and at once, counted for each node that they go to. The
  /// others go over links.
  package var meshDatagrams = true
  package var datagrams: UInt64 = 4_000
  package var datagramsBurst: UInt64 = 1_024

  /// Bytes of messages that wait for one link at most, and of what keeps the network together.
  package var queueBytes = 4 << 20
  package var controlBytes = 256 << 10
  /// How long a message may wait for a link, and how long one of this node's own.
  package var relayAgeMax = Nanos.s(1)
  package var ownAgeMax = Nanos.s(5)
  /// Bytes that wait to be published while neighbours are busy.
  package var publishBytes = 32 << 20

  /// Messages and bytes a second that one neighbour may send, with the bursts; 0: any number.
  package var linkMessages: UInt64 = 0
  package var linkMessagesBurst: UInt64 = 1_000
  package var linkBytes: UInt64 = 0
  package var linkBytesBurst: UInt64 = 16 << 20
  /// Announcements a second that one neighbour may make, with four times as many at once; a request or a prune counts for ten.
  package var linkWords: UInt64 = 20_000
  /// Messages a second of one origin; 0: any number.
  package var originMessages: UInt64 = 0
  package var originMessagesBurst: UInt64 = 1_000

  /// Links at once, those that have not shown who they are with them.
  package var linksMax = 160
  /// How long a link may take until it is known who is there, and then until it is used for something.
  package var greetingTime = Nanos.s(5)
  package var idleTime = Nanos.s(15)

  package init() {
    // What is larger comes in parts.
    codec.payloadMax = Chunk.headerSize + Chunk.partSize
  }
}
