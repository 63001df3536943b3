package import Gossip
package import MixNet

/// A cluster, what is published in it, and what goes wrong: what a ``ClusterRun`` does.
package struct ClusterScenario: Sendable {
  /// Nodes that mean well.
  package var nodes = 1_000
  /// Those of them that publish, in turn.
  package var publishers = 1
  package var messages = 200
  /// Messages a second, of all publishers together.
  package var rate = 20
  package var seed: UInt64 = 1
  /// One way, the same for a pair of nodes always, all between the bounds as likely.
  package var latency: ClosedRange<Nanos> = .ms(10)...Nanos.ms(50)
  /// Of a thousand datagrams, and of as many frames that carry messages or speak of them, so many vanish.
  package var lossPerMille = 0
  /// Of a thousand nodes so many end at once when half of the messages are out.
  package var crashPerMille = 0
  /// One node in eight stands still for 5 to 30 seconds of every minute.
  package var stalls = false
  package var attack: ClusterAttack?
  package var payloadBytes = 256
  /// Of each origin's messages so many count for nothing in the share of superfluous frames: with them its tree is made.
  package var warmUp: UInt64 = 1

  package init() {}

  /// Those that mean harm: four for each of the others.
  package var sybils: Int { attack == nil ? 0 : 4 * nodes }

  /// Up to so many nodes, each knows all; above, each watches its neighbours.
  package var everybodyMax = 1_000
  package var knowsAll: Bool { nodes + sybils <= everybodyMax }

  /// The sizes of a node's tables. Thousands of nodes share one machine's memory, so they are as large as the scenario needs.
  package var tables: ClusterTables { ClusterTables(self) }

  /// What each of the nodes is told.
  package var settings: GossipSettings {
    var settings = GossipSettings()
    settings.views.expectedNodes = nodes + sybils
    settings.views.limitsNetgroups = attack != nil
    settings.swim.mode = knowsAll ? .everybody : .neighbours
    settings.meshMax = 0
    settings.broadcast.dedupMax = tables.dedupMax
    settings.broadcast.cacheBytes = tables.cacheBytes
    settings.broadcast.cacheMessages = tables.cacheMessages
    settings.broadcast.tree.originsMax = tables.originsMax
    settings.broadcast.tree.missingMax = tables.missingMax
    return settings
  }
}

/// How large the tables of each node are.
package struct ClusterTables: Sendable {
  /// Ids that are remembered.
  package let dedupMax: Int
  /// Messages that are kept for neighbours, and their bytes.
  package let cacheMessages: Int
  package let cacheBytes: Int
  package let originsMax: Int
  package let missingMax: Int
  package let activeSize: Int
  package let passiveSize: Int

  init(_ scenario: ClusterScenario) {
    func power(_ least: Int) -> Int {
      var power = 64
      while power < least { power *= 2 }
      return power
    }
    // What is published while ids, and then messages, are remembered; a half more.
    dedupMax = power(2 * min(scenario.messages, scenario.rate * 180))
    cacheMessages = power(min(scenario.messages, scenario.rate * 45))
    // A frame is the payload and some 160 bytes.
    cacheBytes = cacheMessages * (scenario.payloadBytes + 160)
    originsMax = power(scenario.publishers + scenario.sybils / 4)
    missingMax = power(min(scenario.messages, scenario.rate * 10))
    var views = ViewSettings()
    views.expectedNodes = scenario.nodes + scenario.sybils
    (activeSize, passiveSize) = (views.activeSize, views.passiveSize)
  }

  /// By their names, for reports.
  package var fields: [(name: String, value: Int)] {
    [
      ("dedup_max", dedupMax), ("cache_messages", cacheMessages), ("cache_bytes", cacheBytes),
      ("origins_max", originsMax), ("missing_max", missingMax), ("active", activeSize), ("passive", passiveSize),
    ]
  }
}

/// What sybils do: four for each honest node, in 16 netgroups, members of the cluster like any other.
package enum ClusterAttack: String, CaseIterable, Sendable {
  /// They come to a network that stands, ask everybody all the time to be neighbours, and pass nothing on.
  case eclipse
  /// They are there first; the honest come into a network of theirs.
  case coldBoot = "cold-boot"
  /// They are members like the others, but pass nothing on from the first message on.
  case censor
  /// They pass on what they should, until half of the messages are out: then all stop at once.
  case covertFlash = "covert-flash"
}
