import MixNet

// What others ask for.
extension Swim {
  private var errandsMax: Int { 128 }

  mutating func answer(
    _ number: UInt32, _ target: Bytes32, _ from: NodeRecord, _ now: Instant, _ effects: inout [SwimEffect]
  ) {
    guard target == own.id, answers.take(1, now) else { return ignored += 1 }
    let message = SwimMessage.ack(number, incarnation: own.incarnation, updates(for: from.id))
    effects.append(.send(message, to: from.id, at: from.address))
  }

  /// Probes a node for another one.
  mutating func run(
    _ asked: UInt32, _ budget: Nanos, _ from: NodeRecord, _ target: NodeRecord, _ now: Instant,
    _ effects: inout [SwimEffect]
  ) {
    guard errands.count < errandsMax, target.id != own.id, answers.take(1, now) else { return ignored += 1 }
    let number = UInt32(truncatingIfNeeded: random.next())
    let wait = min(budget, settings.timeoutMax * UInt64(settings.doubtMax + 1))
    errands.append(Errand(number: number, asked: asked, from: from, due: now + Nanos(wait.ns / 5 * 4)))
    // What is known here of the target is better than what somebody says.
    ping(members[target.id]?.record ?? target, number, now, &effects)
  }
}
