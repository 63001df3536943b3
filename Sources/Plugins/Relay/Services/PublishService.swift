import MixHost
import MixNet

/// Publishes every message to a cluster, in the name of this node: whoever sent it through the mixes stays hidden behind it. The answer is a line
/// that says whether the cluster's node took it, and if not, the reason under which it is counted.
final class PublishService: Service {
  private let chain: ChainRef
  private let topic: String
  private let limits: ServiceLimits
  private var waiting = 0

  init(chain: ChainRef, topic: String, _ limits: ServiceLimits) {
    (self.chain, self.topic, self.limits) = (chain, topic, limits)
  }

  func receive(_ message: [UInt8], from caller: Caller, _ answers: AnswerQueue, _ turn: inout Turn) -> DropReason? {
    let cost = message.count + caller.cost
    guard waiting + cost <= limits.waitingMax else { return .serviceBusy }
    waiting += cost
    turn.publish(message, topic: topic, through: chain) { [self] refusal, turn in
      waiting -= cost
      if let refusal { turn.count(refusal) }
      let line = refusal.map { "not published: \($0.name)\n" } ?? "published\n"
      if let reason = answers.add(Array(line.utf8), to: caller, &turn) { turn.count(reason) }
    }
    return nil
  }
}
