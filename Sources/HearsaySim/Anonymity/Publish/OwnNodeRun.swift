import Gossip
import MixNet
import SimNet

/// The same cluster without a mix: each user has a member of it and publishes there.
final class OwnNodeRun {
  let settings: PublishSettings
  let world: SimWorld
  private let members: [ClusterMember]
  let audience = ClusterAudience()
  let observer: PublishObserver
  private(set) var senderOf: [Int] = []
  private(set) var failures: [String] = []

  init(_ settings: PublishSettings) {
    let world = SimWorld(seed: SimSeed(settings.network.seed))
    let hosts = (0..<settings.senders).map { PublishSettings.userHost($0, in: world) }
    var plan = ClusterPlan(seed: ClusterPlan.address(of: hosts[0]))
    plan.namesOrigin = settings.namesOrigin
    members = hosts.map { ClusterMember(on: $0, plan) }
    observer = PublishObserver(
      mixes: 0, users: Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($1.number, $0) }))
    (self.settings, self.world) = (settings, world)
    world.meter = observer
  }

  /// Runs it all.
  func run() {
    do { for member in members { try member.boot() } } catch { failures.append("a node does not start: \(error)") }
    for node in members.compactMap(\.node) { audience.add(node) }
    guard failures.isEmpty, audience.meet(in: world, for: .s(60)) else {
      failures.append("not every member of the cluster knows all")
      return
    }
    publishAll()
    let end = world.now + .s(60)
    while deliveries.missing > 0, world.now < end { world.run(for: .ms(500)) }
    if observer.sightings.count != settings.messages || observer.odd > 0 {
      failures.append("\(settings.messages) messages were published and \(observer.sightings.count) seen")
    }
  }

  private func publishAll() {
    let clocks = members.indices.map {
      PoissonClock(
        $0, of: members.count, perSecond: settings.network.rate, settings.network.seed, from: world.now)
    }
    while senderOf.count < settings.messages,
      let user = clocks.indices.min(by: { clocks[$0].next < clocks[$1].next })
    {
      world.run(until: clocks[user].next)
      clocks[user].advance()
      let payload = ClusterMessage.payload(senderOf.count)
      senderOf.append(user)
      members[user].node?.tellCluster { stage, turn in _ = stage.publish(payload, topic: ClusterPlan.topic, &turn) }
    }
  }

  /// What came of all messages at all members.
  var deliveries: ClusterAudience.Deliveries { audience.deliveries(of: senderOf.indices) }
}
