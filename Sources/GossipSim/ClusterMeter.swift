import Gossip
import MixNet

/// Who has got which message when, and how many frames that took.
struct ClusterMeter {
  private struct Message {
    let publisher: Int
    let time: Instant
    /// Whether it is one of those that must come everywhere.
    let isCounted: Bool
    /// A bit for each node that has it.
    var nodes: [UInt64]
    /// How many links the last copy had passed that was news somewhere.
    var lastHop: UInt8 = 0
  }

  private let scenario: ClusterScenario
  private var messages: [Message] = []
  /// Delivered to a node that had it, and other than it was published.
  private(set) var repeated = 0
  private(set) var damaged = 0
  /// Frames with messages that came, and those of them that were news; the same without each origin's first messages.
  private(set) var frames = (all: 0, settled: 0)
  private(set) var news = (all: 0, settled: 0)
  /// Deliveries by their latency, in tenths of milliseconds; the last one is for all that is above.
  private var latencies = [Int](repeating: 0, count: 600_001)
  private(set) var latencyMax = Nanos.zero
  /// What was delivered where and when, as a number.
  private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325

  init(_ scenario: ClusterScenario) { self.scenario = scenario }

  var published: Int { messages.count }

  // MARK: Payloads

  /// The payload of the next message, which a node publishes now.
  mutating func next(by publisher: Int, at time: Instant, isCounted: Bool) -> [UInt8] {
    let words = (scenario.nodes + scenario.sybils + 63) / 64
    messages.append(
      Message(
        publisher: publisher, time: time, isCounted: isCounted, nodes: [UInt64](repeating: 0, count: words)))
    return payload(messages.count - 1)
  }

  /// A message's number and bytes that follow from it.
  private func payload(_ number: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: scenario.payloadBytes)
    for place in bytes.indices { bytes[place] = byte(number, place) }
    return bytes
  }

  private func byte(_ number: Int, _ place: Int) -> UInt8 {
    if place < 8 { return UInt8(truncatingIfNeeded: UInt64(number) >> (56 - 8 * UInt64(place))) }
    var word = UInt64(number) &+ scenario.seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(place / 8) << 40
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    return UInt8(truncatingIfNeeded: word >> (8 * UInt64(place % 8)))
  }

  /// The number of the message with this payload; nil when there is none.
  private func number(_ payload: [UInt8]) -> Int? {
    guard payload.count == scenario.payloadBytes else { return nil }
    let number = payload.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard number < UInt64(messages.count) else { return nil }
    for place in 8..<payload.count where payload[place] != byte(Int(number), place) { return nil }
    return Int(number)
  }

  // MARK: What comes

  mutating func delivered(_ message: GossipMessage, to node: Int, now: Instant) {
    guard let number = number(message.payload) else {
      damaged += 1
      return
    }
    for word in [UInt64(number), UInt64(node), now.ns] { digest = (digest ^ word) &* 0x0000_0100_0000_01b3 }
    let (word, bit) = (node / 64, 1 << (UInt64(node) % 64) as UInt64)
    guard messages[number].nodes[word] & bit == 0 else {
      repeated += 1
      return
    }
    messages[number].nodes[word] |= bit
    guard messages[number].publisher != node else { return }
    news.all += 1
    if message.sequence > scenario.warmUp { news.settled += 1 }
    messages[number].lastHop = message.hop
    guard messages[number].isCounted else { return }
    let latency = now - messages[number].time
    latencies[min(latencies.count - 1, Int(latency.ns / 100_000))] += 1
    latencyMax = max(latencyMax, latency)
  }

  mutating func came(_ frame: Span<UInt8>) {
    guard let header = GossipHeader(frame, at: LinkFrame.messageHead) else { return }
    frames.all += 1
    if header.sequence > scenario.warmUp { frames.settled += 1 }
  }

  // MARK: Sums

  /// Pairs of a counted message and a node that must get it, and those of them that did. `subscribers`: a bit for each node.
  func pairs(_ subscribers: [UInt64]) -> (expected: Int, received: Int) {
    var pairs = (expected: 0, received: 0)
    for message in messages where message.isCounted {
      for (word, bits) in subscribers.enumerated() {
        var others = bits
        if message.publisher / 64 == word { others &= ~(1 << (UInt64(message.publisher) % 64)) }
        pairs.expected += others.nonzeroBitCount
        pairs.received += (others & message.nodes[word]).nonzeroBitCount
      }
    }
    return pairs
  }

  /// Frames for each delivery, less one.
  func excess(_ frames: Int, _ news: Int) -> Double { news == 0 ? 0 : Double(frames) / Double(news) - 1 }

  /// The mean of the links that messages have passed when they came to the last node.
  var lastHopMean: Double {
    let counted = messages.filter(\.isCounted)
    return Double(counted.reduce(0) { $0 + Int($1.lastHop) }) / Double(max(1, counted.count))
  }

  /// In so many milliseconds this share of the deliveries was done.
  func latency(_ share: Double) -> Double {
    let count = latencies.reduce(0, +)
    guard count > 0 else { return 0 }
    var rest = Int((Double(count) * share).rounded(.up))
    for (place, some) in latencies.enumerated() {
      rest -= some
      if rest <= 0 { return min(Double(place + 1) / 10, Double(latencyMax.ns) / 1_000_000) }
    }
    return Double(latencyMax.ns) / 1_000_000
  }
}
