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
  /// The ways of messages that were answered, and how long each took; where delays are to be audited.
  var walks: [(trail: MixClient.Trail, time: Nanos)] = []
  /// The number of the node that the packets went to first.
  var entry = 0

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
