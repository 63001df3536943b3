import Gossip
import MixHost
import MixNet

/// A program's requests at the gossip stage, on its worker's thread, one after another until the node has no room for a message.
enum DoorErrand {
  /// Topics that one program may have subscribed to.
  static let topicsMax = 256

  static func run(
    _ entries: [DoorVisit.Entry], for inbox: DoorInbox, _ stage: GossipStage, _ turn: inout Turn
  ) {
    var outcome = DoorInbox.Outcome()
    for (place, entry) in entries.enumerated() {
      guard let answer = answer(entry, inbox, stage, &turn) else {
        outcome.rest = Array(entries[place...])
        break
      }
      outcome.answers.append(answer)
    }
    inbox.settle(outcome)
  }

  /// Nil when there is no room now.
  private static func answer(
    _ entry: DoorVisit.Entry, _ inbox: DoorInbox, _ stage: GossipStage, _ turn: inout Turn
  ) -> DoorAnswer? {
    guard case .request(let request) = entry else {
      if case .mistake(let sentence) = entry { return .failed(sentence) }
      return .failed("this is no request")
    }
    switch request {
    case .publish(let topic, let priority, let payload):
      let outcome = stage.publish(payload, topic: topic, priority: priority, &turn)
      return outcome == .refused(.full) ? nil : .published(outcome)
    case .subscribe(let topic, let history):
      guard inbox.subscription(topic) == nil else { return .failed("'\(topic)' is subscribed to already") }
      guard inbox.subscriptions.count < topicsMax else { return .failed("\(topicsMax) topics are the most") }
      inbox.setSubscription(topic, stage.subscribe(topic, DoorReader(topic, inbox), withHistory: history))
      return .done
    case .unsubscribe(let topic):
      guard let number = inbox.subscription(topic) else { return .failed("'\(topic)' is not subscribed to") }
      stage.unsubscribe(number)
      inbox.setSubscription(topic, nil)
      return .done
    case .members: return .members(stage.members)
    case .keys: return .keys(stage.keys)
    case .install, .use, .remove: return change(request, stage, &turn)
    }
  }

  private static func change(_ request: DoorRequest, _ stage: GossipStage, _ turn: inout Turn) -> DoorAnswer {
    guard !stage.keys.isEmpty else { return .failed("the cluster's nodes sign: they share no key") }
    switch request {
    case .install(let key): return stage.install(key: key) ? .done : .failed("there is no room for a further key")
    case .use(let id): return stage.use(key: id) ? .done : .failed("the key \(KeyID.text(id)) is not installed")
    case .remove(let id):
      let isUsed = stage.keys.first == id
      let sentence = "the key \(KeyID.text(id)) is \(isUsed ? "in use: use another one first" : "not installed")"
      return stage.remove(key: id, &turn) ? .done : .failed(sentence)
    default: return .failed("this is no change of keys")
    }
  }

  /// The program is gone: nothing is delivered to it any more.
  static func leave(_ inbox: DoorInbox, _ stage: GossipStage) {
    for number in inbox.subscriptions { stage.unsubscribe(number) }
    inbox.close()
  }
}
