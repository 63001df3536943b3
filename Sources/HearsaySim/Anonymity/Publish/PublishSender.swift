import MixNet
import Relay
import SimNet
import Sphinx

/// When one of several users sends: pauses are exponential, so nobody can foresee it.
final class PoissonClock {
  private var random: RandomStream
  private let pause: Nanos
  private(set) var next: Instant

  /// The user of this number, who with so many others sends so many messages a second in all; the first pause begins at `start`.
  init(_ number: Int, of users: Int, perSecond rate: Double, _ seed: UInt64, from start: Instant) {
    random = SimSeed(seed).stream(.workload(Workload.publisher + UInt64(number)))
    pause = Nanos(UInt64(Double(users) / rate * 1e9))
    next = start
    advance()
  }

  /// Goes on to the next time.
  func advance() { next = next + Delay.exponential(least: .zero, mean: pause).length(random.next()) }
}

/// Sends messages for the cluster through the mix, each by a route that is as likely as another. They bring no reply blocks: an answer would
/// come back soon after the message appears.
final class PublishSender {
  private unowned let run: PublishRun
  private let number: Int
  private let forge: any PacketForge
  private var random: RandomStream
  private let clock: PoissonClock

  init(_ run: PublishRun, _ number: Int, from start: Instant) {
    (self.run, self.number) = (run, number)
    let network = run.settings.network
    forge = network.crypto.forge(run.plan.directory)
    random = SimSeed(network.seed).stream(.workload(Workload.sender + UInt64(number)))
    clock = PoissonClock(
      number, of: run.settings.senders, perSecond: network.rate, network.seed, from: start)
  }

  /// Sends what is due; says when the next message is.
  func send(by client: Correspondent, _ now: Instant) -> Instant {
    guard run.isSending else { return .never }
    while clock.next <= now {
      sendOne(by: client)
      clock.advance()
    }
    return clock.next
  }

  private func sendOne(by client: Correspondent) {
    let route = run.plan.route(&random)
    let hops = route.map { node in
      ForgeHop(
        node: node,
        delay: Delay.exponential(least: .zero, mean: run.settings.network.meanDelay).length(random.next()))
    }
    let message = run.sends(from: number)
    let recipient = SphinxRecipient(
      destination: Fingerprint.service(ClusterPlan.service), identifier: Bytes16(words: [UInt64(message), 1]))
    let payload = ClusterMessage.payload(message)
    let fragment = Fragment(
      message: Bytes16(words: [UInt64(message), random.next()]), index: 0, count: 1, size: UInt32(payload.count))
    guard let entry = route.first,
      let packet = forge.packet(fragment.bytes(payload), along: hops, to: recipient, random: &random)
    else { return run.fail("a packet could not be made") }
    client.send(packet, to: entry)
  }
}

extension Fragment {
  /// The fragment with its reply blocks, if it has some, and its data.
  func bytes(blocks: [UInt8] = [], _ data: [UInt8]) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: Self.headerSize)
    var span = head.mutableSpan
    write(to: &span)
    return head + blocks + data
  }
}
