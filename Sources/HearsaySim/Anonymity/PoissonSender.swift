import MixNet
import SimNet
import Sphinx

/// Sends messages at times that nobody can foresee: pauses and delays are exponential, and each route is as likely as another.
final class PoissonSender {
  private unowned let run: AnonymityRun
  private let forge: any PacketForge
  private var random: RandomStream
  private var next: Instant

  /// The sender of this number, whose first message follows a pause that begins at `start`.
  init(_ run: AnonymityRun, _ number: Int, from start: Instant) {
    self.run = run
    forge = run.settings.crypto.forge(run.plan.directory)
    random = SimSeed(run.settings.seed).stream(.workload(Workload.sender + UInt64(number)))
    next = start
    next = start + exponential(pause)
  }

  /// The mean time between two of its messages.
  private var pause: Nanos { Nanos(UInt64(Double(AnonymitySettings.senders) / run.settings.rate * 1e9)) }

  private func exponential(_ mean: Nanos) -> Nanos {
    Delay.exponential(least: .zero, mean: mean).length(random.next())
  }

  /// Sends what is due; says when the next message is.
  func send(by client: Correspondent, _ now: Instant) -> Instant {
    while next <= now {
      sendOne(by: client, now)
      next = next + exponential(pause)
    }
    return next
  }

  private func sendOne(by client: Correspondent, _ now: Instant) {
    let route = run.plan.route(&random)
    let hops = route.map { ForgeHop(node: $0, delay: exponential(run.settings.meanDelay)) }
    guard let entry = route.first, let receiver = run.receiver(behind: route) else {
      return run.fail("nobody receives")
    }
    let recipient = SphinxRecipient(destination: receiver, identifier: run.nextIdentifier)
    guard let packet = forge.packet([0], along: hops, to: recipient, random: &random) else {
      return run.fail("a packet could not be made")
    }
    if entry == run.blocked { return }
    run.sends(packet, now)
    client.send(packet, to: entry)
  }
}
