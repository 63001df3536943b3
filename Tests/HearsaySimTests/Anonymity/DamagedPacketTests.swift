import MixHost
import MixNet
import SimNet
import Sphinx
import Testing

@testable import HearsaySim

/// Packets that were damaged on their way to the first node, with real cryptography.
struct DamagedPacketTests {
  /// What became of packets that one client has sent at once.
  private struct Outcome {
    /// By number: the payload, and how long it took.
    var received: [Int: (payload: [UInt8], time: Nanos)] = [:]
    var dropped = 0
    var isAttached = false
    var answers = 0
    var failures: [String] = []
  }

  /// Sends these packets along routes of their own, changed after they were made; waits for so long.
  private func send(
    _ routes: [[ForgeHop]], wait: Nanos,
    change: @escaping (Int, inout [UInt8]) -> Void
  ) -> Outcome {
    var settings = AnonymitySettings(rate: 1, meanDelay: .ms(20), targets: 1)
    settings.span = .s(100)
    let run = AnonymityRun(settings)
    run.followsSenders = false
    var outcome = Outcome()
    guard run.attach(), let client = run.boot("odd", attachedTo: [0]) else { return Outcome(failures: run.failures) }
    var random = RandomStream(seed: Seed(3))
    let forge = settings.crypto.forge(run.plan.directory)
    var sentAt: Instant?
    client.work = { client, now in
      guard client.isReady, sentAt == nil else { return now + .ms(100) }
      sentAt = now
      for (number, route) in routes.enumerated() {
        guard let receiver = run.receiver(behind: route.map(\.node)) else { continue }
        let recipient = SphinxRecipient(destination: receiver, identifier: Bytes16(words: [UInt64(1_000 + number), 1]))
        guard var packet = forge.packet([7], along: route, to: recipient, random: &random) else { continue }
        change(number, &packet)
        client.send(packet, to: 0)
      }
      return .never
    }
    // Numbers of their own, beside those of the usual senders.
    while run.messages < 2_000 { run.sends([UInt8](repeating: 0, count: 16), run.world.now) }
    run.whenReceived = { number, payload in
      guard (1_000..<1_000 + routes.count).contains(number), let sentAt else { return }
      outcome.received[number - 1_000] = (payload, run.world.now - sentAt)
    }
    run.world.run(for: .s(1) + wait)
    let sums = run.nodes.compactMap(\.sums)
    outcome.dropped = sums.reduce(0) { $0 + Int(clamping: $1.droppedInside + $1.droppedOut) }
    outcome.isAttached = client.isReady
    outcome.answers = client.wires.reduce(0) { $0 + $1.messages.count }
    outcome.failures = run.failures
    return outcome
  }

  private func hops(_ nodes: [Int]) -> [ForgeHop] { nodes.map { ForgeHop(node: $0, delay: .zero) } }

  /// The first node drops what has a bit turned over in its header, and says nothing; a payload that was changed arrives, and is no
  /// message. Who sent it sees no difference between the three.
  @Test("fault 20: a sender is told nothing of what became of damaged packets")
  func damagedPackets() {
    let size = SphinxSize.regular.packet
    let outcome = send([[ForgeHop]](repeating: hops([0, 1, 2]), count: 90), wait: .s(5)) {
      (number: Int, packet: inout [UInt8]) in
      let bit = number * 7_919
      switch number % 3 {
      case 1: packet[bit / 8 % SphinxSize.header] ^= 1 << UInt8(bit % 8)
      case 2: packet[SphinxSize.header + bit / 8 % (size - SphinxSize.header)] ^= 1 << UInt8(bit % 8)
      default: break
      }
    }
    #expect(outcome.failures.isEmpty)
    #expect(outcome.received.keys.sorted() == (0..<90).filter { $0 % 3 != 1 })
    for (number, message) in outcome.received {
      let range = SphinxPayload.message(in: message.payload.span)
      #expect((range == nil) == (number % 3 == 2))
    }
    #expect(outcome.dropped == 30)
    #expect(outcome.isAttached)
    #expect(outcome.answers == 0)
  }
}
