import LinuxNet
import MixHost
import MixNet

/// What a demo sends, and what became of it.
struct DemoWork {
  /// The messages' bytes, in order.
  let messages: [[UInt8]]

  /// `count` messages of `size` random bytes each.
  init(count: Int, size: Int) {
    var random = RandomStream(seed: SystemEntropy().seed())
    messages = (0..<count).map { _ in
      var bytes = [UInt8](repeating: 0, count: size)
      var span = bytes.mutableSpan
      random.fill(&span)
      return bytes
    }
  }

  /// One file as one message; or, where a frame carries so much at most, in pieces.
  init(file: [UInt8], pieces: Int?) {
    guard let pieces, !file.isEmpty else {
      messages = [file]
      return
    }
    messages = stride(from: 0, to: file.count, by: pieces).map { Array(file[$0..<min($0 + pieces, file.count)]) }
  }

  var bytes: Int { messages.reduce(0) { $0 + $1.count } }
}

/// How a demo went, counted at the client.
struct DemoResult {
  var sent = 0
  var replied = 0
  var verified = 0
  /// Answers that differ from what was sent.
  var wrong = 0
  var packetsSent = 0
  var packetsReceived = 0
  var seconds = 0.0
  var latencies: [Double] = []

  mutating func take(_ answer: [UInt8], for message: [UInt8], after time: Nanos) {
    replied += 1
    if answer == message { verified += 1 } else { wrong += 1 }
    latencies.append(Double(time.ns) / 1e6)
  }

  /// The latency below which so many of a hundred messages lie.
  func percentile(_ percent: Double) -> Double {
    guard !latencies.isEmpty else { return 0 }
    let sorted = latencies.sorted()
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))]
  }
}

/// Runs a demo's work through a network and checks every byte of every answer.
enum DemoDriver {
  /// Gives up after so long without an answer.
  static let patience = Nanos.s(15)

  /// Through a mix network: each message brings reply blocks and is answered by the echo service.
  static func mix(
    _ work: DemoWork, _ directory: NetworkDirectory, progress: (DemoResult) -> Void
  ) throws(CommandError) -> DemoResult {
    let loop = try ClientLoop()
    let client = try MixClient(directory, loop: loop)
    defer { client.close() }
    try client.attach(within: .s(10))
    var result = DemoResult()
    var waiting: [Bytes16: (number: Int, since: Instant)] = [:]
    let started = loop.now
    var news = started
    var next = 0
    while result.replied < work.messages.count {
      while next < work.messages.count, waiting.count < 128 {
        let order = MixClient.Order(service: "echo", bytes: work.messages[next])
        waiting[try client.send(order)] = (next, loop.now)
        next += 1
      }
      let before = client.repliesTaken
      client.turn(until: loop.now + .ms(100)) { id, answer, _ in
        guard let message = waiting.removeValue(forKey: id) else { return }
        result.take(answer, for: work.messages[message.number], after: loop.now - message.since)
      }
      if client.repliesTaken != before { news = loop.now }
      progress(result)
      if client.failure != nil || loop.now - news > patience { break }
    }
    result.seconds = Double((loop.now - started).ns) / 1e9
    result.sent = next
    result.packetsSent = client.packetsSent
    result.packetsReceived = client.repliesTaken + client.strangers
    return result
  }

  /// Through the plain relay: frames out, the same frames back, in order.
  static func relay(
    _ work: DemoWork, _ entry: Address, progress: (DemoResult) -> Void
  ) throws(CommandError) -> DemoResult {
    let loop = try ClientLoop()
    let connection: FramedConnection
    do throws(NetworkError) {
      connection = try FramedConnection(to: entry, loop.network, frameMax: 1 << 20)
    } catch { throw CommandError(error.description) }
    defer { connection.close() }
    var result = DemoResult()
    var since: [Instant] = []
    let started = loop.now
    var news = started
    while result.replied < work.messages.count {
      while since.count < work.messages.count, since.count - result.replied < 256, connection.waiting < 1 << 20 {
        connection.send(work.messages[since.count])
        since.append(loop.now)
      }
      loop.turn(until: loop.now + .ms(100)) { event in
        if case .connection(connection.id) = event.source { connection.handle(event) }
      }
      while let answer = connection.next() {
        let number = result.replied
        guard number < since.count else { throw CommandError("an answer came to nothing that was asked") }
        result.take(answer, for: work.messages[number], after: loop.now - since[number])
        news = loop.now
      }
      progress(result)
      if connection.end != nil || loop.now - news > patience { break }
    }
    result.seconds = Double((loop.now - started).ns) / 1e9
    result.sent = since.count
    result.packetsSent = since.count
    result.packetsReceived = result.replied
    return result
  }
}
