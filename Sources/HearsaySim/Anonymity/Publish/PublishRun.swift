import MixHost
import MixNet
import SimNet
import Sphinx

/// Real nodes with both chains: a mix whose last hops publish to a cluster, users who send, and someone who sees all links.
final class PublishRun {
  let settings: PublishSettings
  let world: SimWorld
  let plan: MixPlan
  let nodes: [SimNode]
  private let members: [ClusterMember]
  let audience = ClusterAudience()
  let observer: PublishObserver
  private let userHosts: [SimHost]
  private(set) var clients: [Correspondent] = []
  /// Who has sent each message.
  private(set) var senderOf: [Int] = []
  /// Users send.
  var isSending = true
  private(set) var failures: [String] = []
  /// The first of the observer's sightings that is looked at.
  private(set) var first = 0

  init(_ settings: PublishSettings, byContent: Bool = false) {
    let network = settings.network
    let seed = SimSeed(network.seed)
    let world = SimWorld(seed: seed)
    let mixes = (0..<network.layers * network.width).map { world.host(named: "mix-\($0 + 1)") }
    // The first mix of the last layer.
    var cluster = ClusterPlan(seed: ClusterPlan.address(of: mixes[network.layers - 1]))
    (cluster.namesOrigin, cluster.byContent) = (settings.namesOrigin, byContent)
    let plan = MixPlan(mixes, seed, network.crypto, seconds: 0, shape: settings.shape(cluster))
    let betrayals = network.hasCover ? Dictionary(uniqueKeysWithValues: mixes.indices.map { ($0, Betrayal()) }) : [:]
    nodes = mixes.enumerated().map { SimNode($0.offset, on: $0.element, plan: plan, betrayal: betrayals[$0.offset]) }
    members = (0..<settings.members).map {
      ClusterMember(on: world.host(named: "member-\($0 + 1)"), cluster)
    }
    userHosts = (0..<settings.senders).map { PublishSettings.userHost($0, in: world) }
    observer = PublishObserver(
      mixes: mixes.count, users: Dictionary(uniqueKeysWithValues: userHosts.enumerated().map { ($1.number, $0) }),
      betrayals: betrayals)
    (self.settings, self.world, self.plan) = (settings, world, plan)
    observer.links.clock = { [unowned world] in world.now }
    world.meter = observer
  }

  func fail(_ what: String) { failures.append(what) }

  // MARK: The beginning

  /// Starts all nodes, waits until the cluster's have met, and lets the users attach; false when that failed.
  func attach() -> Bool {
    do {
      for node in nodes { try node.boot() }
      for member in members { try member.boot() }
    } catch {
      fail("a node does not start: \(error)")
      return false
    }
    for node in (plan.layers.last ?? []).compactMap({ nodes[$0].process?.node }) { audience.add(node) }
    for node in members.compactMap(\.node) { audience.add(node) }
    if !audience.meet(in: world, for: .s(60)) { fail("not every member of the cluster knows all") }
    for (number, host) in userHosts.enumerated() {
      let sender = PublishSender(self, number, from: world.now + AnonymitySettings.start)
      attach(on: host, to: plan.layers.first ?? [])?.work = { sender.send(by: $0, $1) }
    }
    world.run(for: AnonymitySettings.start)
    if !clients.allSatisfy(\.isReady) { fail("not every user could attach") }
    return failures.isEmpty
  }

  /// A client on a host that is attached to some nodes.
  func attach(on host: SimHost, to nodes: [Int]) -> Correspondent? {
    let doors = nodes.compactMap { node in plan.directory.nodes[node].clients.map { (node, $0) } }
    let key = ClientKey(seed: Array(host.name.utf8))
    var made: Correspondent?
    do {
      try host.boot { environments in
        made = try environments.first.map { try Correspondent($0, key, doors) }
        return made.map { [$0] } ?? []
      }
    } catch { fail("\(host.name) does not start: \(error)") }
    if let made { clients.append(made) }
    return made
  }

  // MARK: Messages

  /// A user sends the next message; its number.
  func sends(from user: Int) -> Int {
    senderOf.append(user)
    return senderOf.count - 1
  }

  /// Runs it all.
  func run() {
    guard attach() else { return }
    world.run(for: settings.burnIn)
    first = observer.sightings.count
    let end = world.now + settings.window
    while observer.sightings.count < first + settings.messages, world.now < end { world.run(for: .ms(500)) }
    finish()
  }

  /// Nobody sends any more; what is under way arrives.
  private func finish() {
    isSending = false
    let end = world.now + settings.network.tail
    while deliveries.missing > 0, world.now < end { world.run(for: .s(1)) }
    if observer.odd > 0 { fail("\(observer.odd) messages were published that nobody can have sent") }
    if sightings.count < settings.messages { fail("only \(sightings.count) messages were published") }
    if observer.sightings.count != senderOf.count {
      fail("\(senderOf.count) messages were sent and \(observer.sightings.count) published")
    }
    checkLosses()
  }

  /// The sightings that are looked at.
  var sightings: [Sighting] { Array(observer.sightings.dropFirst(first).prefix(settings.messages)) }

  /// What came of all messages at all members.
  var deliveries: ClusterAudience.Deliveries { audience.deliveries(of: senderOf.indices) }

  /// Packets that mixes have dropped would stay in the observer's pools for ever.
  private func checkLosses() {
    for node in nodes {
      for chain in node.status?.chains ?? [] where chain.name == "mix" {
        for drop in chain.dropped { fail("\(node.host.name) has dropped \(drop.count) as \(drop.reason)") }
      }
    }
  }
}
