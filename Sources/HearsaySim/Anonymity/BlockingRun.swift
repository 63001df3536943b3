import MixHost
import MixNet
import SimNet
import Sphinx

/// An n-1 attack on real nodes. Somebody keeps everything from a mix of the first layer: what clients send to it and the loops that
/// come home to it. When the mix has emptied, one packet at a time is let through, and all that leaves is looked at.
final class BlockingRun {
  /// The mix that is attacked.
  static let mix = 0
  /// Between two targets, and before the first: so many mean delays, in which a mix empties to all but a part in 10^8.
  static let pause: UInt64 = 20

  private let run: AnonymityRun
  private var random: RandomStream
  private let forge: any PacketForge
  private var next = Instant.never
  /// From the beginning of the attack to the alarm; nil: nobody has noticed.
  private(set) var alarm: Nanos?
  /// Targets that went through before the alarm.
  private(set) var unnoticed = 0

  init(_ settings: AnonymitySettings) {
    var settings = settings
    settings.span = Self.span(of: settings)
    run = AnonymityRun(settings)
    run.followsSenders = false
    random = SimSeed(settings.seed).stream(.workload(Workload.victim))
    forge = settings.crypto.forge(run.plan.directory)
  }

  private var gap: Nanos { Nanos(Self.pause * run.settings.meanDelay.ns) }

  /// In this time all targets come, and the alarm if there is one.
  private static func span(of settings: AnonymitySettings) -> Nanos {
    Nanos(UInt64(settings.targets + 2) * pause * settings.meanDelay.ns) + settings.tail + .s(30)
  }

  /// What is not as it must be.
  var failures: [String] { run.failures }

  /// Runs it all, and says what is left of the targets' anonymity.
  func attack() -> BlockingReport {
    guard run.attach() else { return BlockingReport(self, run) }
    let victim = run.boot("victim", attachedTo: [Self.mix])
    victim?.work = { [unowned self] in send(by: $0, $1) }
    run.world.run(for: AnonymitySettings.start + run.settings.burnIn)
    if victim?.isReady != true { run.fail("the victim could not attach") }
    begin()
    watch()
    return BlockingReport(self, run)
  }

  private func begin() {
    run.blocked = Self.mix
    let attacked = run.nodes[Self.mix].host
    for node in run.plan.layers.last ?? [] where node != Self.mix {
      run.world.cut(from: run.nodes[node].host, to: attacked)
    }
    next = run.world.now + gap
  }

  /// Second by second, until all targets have come.
  private func watch() {
    let start = run.world.now
    let end = start + run.settings.span
    while run.world.now < end {
      run.world.run(for: .s(1))
      guard alarm == nil, isAlarming else { continue }
      (alarm, unnoticed) = (run.world.now - start, run.targetsSent)
    }
    if run.targetsSent < run.settings.targets { run.fail("only \(run.targetsSent) targets were sent") }
    // A mix that drops packets for another reason than the attack would take mass away.
    if run.observer.tracker.received.contains(where: { abs($0 - 1) > AnonymitySettings.restMax }) {
      run.fail("a target's probabilities are not 1 in sum")
    }
  }

  private var isAlarming: Bool {
    let stage = run.nodes[Self.mix].status?.chains.flatMap(\.stages).first { $0.stage == "cover_traffic" }
    guard case .text(let text) = stage?.fields.first(where: { $0.name == "alarm" })?.value else { return false }
    return text != "none"
  }

  /// The victim's work: it looks every now and then whether it is time.
  private func send(by client: Correspondent, _ now: Instant) -> Instant {
    guard next < .never else { return now + .ms(100) }
    while next <= now, run.targetsSent < run.settings.targets {
      sendOne(by: client, now)
      next = next + gap
    }
    return run.targetsSent < run.settings.targets ? next : .never
  }

  private func sendOne(by client: Correspondent, _ now: Instant) {
    let route = [Self.mix] + run.plan.route(&random).dropFirst()
    guard let receiver = run.receiver(behind: route) else { return run.fail("nobody receives") }
    let identifier = run.nextIdentifier
    let recipient = SphinxRecipient(destination: receiver, identifier: identifier)
    let hops = route.map { ForgeHop(node: $0, delay: .zero) }
    guard let packet = forge.packet([0], along: hops, to: recipient, random: &random) else {
      return run.fail("a packet could not be made")
    }
    // What is in the mix by now is gone, but for packets of its own.
    if run.observer.watch == nil { run.observer.watch = MixWatch(mix: Self.mix, mean: run.settings.meanDelay) }
    run.sends(packet, now)
    run.follow(packet, identifier)
    client.send(packet, to: Self.mix)
  }
}
