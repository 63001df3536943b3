import LinuxNet
import MixHost
import MixNet

/// Runs a demo's work through a network and checks every byte of every answer.
enum DemoDriver {
  /// What has not been answered when no answer has come for so long never will be.
  private static let patience = Nanos.s(10)
  /// Messages that may wait for their answers at once.
  private static let window = (mix: 128, relay: 256)

  /// Messages whose ways are kept for an audit: the first so many.
  private static let walksMax = 100_000

  /// Looks at the network once a turn; what it throws ends the demo.
  typealias Look = (DemoResult) throws(CommandError) -> Void

  /// Through a mix network: each message brings reply blocks and is answered by the echo service.
  static func mix(
    _ work: DemoWork, _ directory: NetworkDirectory, by lines: PeerLines?, keepsTrails: Bool, look: Look
  ) throws(CommandError) -> DemoResult {
    let loop = try ClientLoop()
    let client = try MixClient.attached(directory, loop: loop, by: lines, within: .s(10))
    defer { client.close() }
    client.keepsTrails = keepsTrails
    var result = DemoResult()
    result.entry = client.entryNode
    var waiting: [Bytes16: (number: Int, since: Instant)] = [:]
    let started = loop.now
    var news = started
    while result.sent < work.messages.count || !waiting.isEmpty {
      while result.sent < work.messages.count, waiting.count < window.mix {
        let order = MixClient.Order(service: "echo", bytes: work.messages[result.sent])
        waiting[try client.send(order)] = (result.sent, loop.now)
        result.sent += 1
      }
      let before = client.repliesTaken
      client.turn(until: loop.now + .ms(100)) { id, answer, _ in
        guard let message = waiting.removeValue(forKey: id) else { return }
        result.take(answer, for: work.messages[message.number], after: loop.now - message.since)
        if let trail = client.takeTrail(id), result.walks.count < walksMax {
          result.walks.append((trail, loop.now - trail.since))
        }
      }
      if client.repliesTaken != before { news = loop.now }
      try look(result)
      if client.failure != nil { break }
      if loop.now - news > patience {
        waiting = [:]
        client.forget()
        news = loop.now
      }
    }
    result.seconds = Double((loop.now - started).ns) / 1e9
    result.packetsSent = client.packetsSent
    result.packetsReceived = client.messagesTaken
    return result
  }

  /// Through the plain relay: frames out, the same frames back, in order.
  static func relay(_ work: DemoWork, _ entry: Address, look: Look) throws(CommandError) -> DemoResult {
    let loop = try ClientLoop()
    let connection: FramedConnection
    do throws(NetworkError) {
      connection = try FramedConnection(to: entry, loop.network, frameMax: 1 << 20)
    } catch { throw CommandError(error.description) }
    defer { connection.close() }
    var result = DemoResult()
    var since: [Instant] = []
    var next = 0
    let started = loop.now
    var news = started
    while next < work.messages.count {
      while since.count < work.messages.count, since.count - next < window.relay, connection.waiting < 1 << 20 {
        connection.send(work.messages[since.count])
        since.append(loop.now)
      }
      loop.turn(until: loop.now + .ms(100)) { event in
        if case .connection(connection.id) = event.source { connection.handle(event) }
      }
      while let answer = connection.next() {
        // Those before it were lost: answers come in order.
        let number = (next..<since.count).first { work.messages[$0] == answer } ?? next
        guard number < since.count else { throw CommandError("an answer came to nothing that was asked") }
        result.take(answer, for: work.messages[number], after: loop.now - since[number])
        next = number + 1
        news = loop.now
      }
      try look(result)
      if connection.end != nil { break }
      if loop.now - news > patience {
        next = since.count
        news = loop.now
      }
    }
    result.seconds = Double((loop.now - started).ns) / 1e9
    result.sent = since.count
    result.packetsSent = since.count
    result.packetsReceived = result.replied
    return result
  }
}
