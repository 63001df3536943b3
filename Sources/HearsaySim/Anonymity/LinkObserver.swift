import MixNet
import SimNet

/// Someone who sees every frame on every link, when it is handed over and when it is taken, and follows by that alone where the
/// targets may be. It looks into no node.
final class LinkObserver: StreamMeter {
  private struct Way {
    var number = UInt64.max
    var isForClients = false
    var written = FrameScanner()
    var read = FrameScanner()
  }

  private var ways: [Way] = []
  private let clientPort: UInt16
  /// Hosts of this number and above are clients.
  private let mixes: UInt32
  private(set) var tracker: MassTracker
  /// What packets under way may be, by the bytes that tell them apart, and which of the packets that clients send are targets.
  private var underWay: [UInt64: MassTracker.Mass] = [:]
  private var targets: [UInt64: Int] = [:]
  /// Frames with packets that clients have written, and mixes to mixes, and mixes to clients.
  private(set) var sent = 0
  private(set) var passed = 0
  private(set) var received = 0
  /// Packets in the mix that were there when one left, summed over those that left; for the mean of what pools held.
  private(set) var poolSum = 0
  /// What a mix says of itself, as far as who looks on is granted it: packets that ended there, and packets that it made.
  struct Insight {
    var ended: UInt64 = 0
    var made: UInt64 = 0
  }
  private let insight: (Int) -> Insight
  /// The mean time that mixes hold a packet, in seconds, and when the world began.
  private let meanDelay: Double
  private let now: () -> Double
  private var seen: [Insight]
  /// What corrupt mixes tell, by their number, and what the packets are worth that are in them.
  private let betrayals: [Int: Betrayal]
  private var betrayed: [UInt64: MassTracker.Mass] = [:]
  /// Packets that a mix made and that have not left yet.
  private var own: [UInt64]

  /// - Parameters:
  ///   - now: seconds since mixes may have made packets.
  ///   - insight: asked for the mix of a number.
  init(
    clientPort: UInt16, mixes: Int, targets: Int, meanDelay: Nanos, now: @escaping () -> Double,
    insight: @escaping (Int) -> Insight, betrayals: [Int: Betrayal] = [:]
  ) {
    (self.clientPort, self.mixes) = (clientPort, UInt32(mixes))
    (self.insight, self.now, self.meanDelay) = (insight, now, Double(meanDelay.ns) / 1e9)
    self.betrayals = betrayals
    tracker = MassTracker(mixes: mixes, targets: targets)
    seen = [Insight](repeating: Insight(), count: mixes)
    own = [UInt64](repeating: 0, count: mixes)
  }

  /// A packet that a client will send, by the bytes that tell it apart, is a target.
  func expect(_ packet: [UInt8], asTarget target: Int) { targets[Self.word(of: packet)] = target }

  private static func word(of packet: [UInt8]) -> UInt64 {
    packet[FrameScanner.place].reduce(0) { $0 << 8 | UInt64($1) }
  }

  func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
    let place = 2 * passage.place + passage.side
    while ways.count <= place { ways.append(Way()) }
    if ways[place].number != passage.number {
      ways[place] = Way()
      (ways[place].number, ways[place].isForClients) = (passage.number, passage.port == clientPort)
    }
    let isForClients = ways[place].isForClients
    if passage.isWritten {
      _ = unsafe ways[place].written.scan(bytes, isForClients) { written($0, passage) }
    } else {
      _ = unsafe ways[place].read.scan(bytes, isForClients) { read($0, passage) }
    }
  }

  private func written(_ word: UInt64, _ passage: StreamPassage) {
    guard passage.from < mixes else {
      sent += 1
      if let target = targets.removeValue(forKey: word) { underWay[word] = tracker.sent(target) }
      return
    }
    let mass = mass(of: word, leaving: Int(passage.from))
    if passage.to < mixes {
      passed += 1
      if !mass.isEmpty { underWay[word] = mass }
    } else {
      received += 1
      tracker.receive(mass)
    }
  }

  /// What a packet may be that leaves a mix: a corrupt one says which of those that came it is.
  private func mass(of word: UInt64, leaving mix: Int) -> MassTracker.Mass {
    if let betrayal = betrayals[mix] {
      return betrayal.origin(of: word).flatMap { betrayed.removeValue(forKey: $0) } ?? []
    }
    look(mix)
    poolSum += tracker.count(mix)
    let isOwn = own[mix] > 0
    if isOwn { own[mix] -= 1 }
    return tracker.leave(mix, cover: cover(mix), isOwn: isOwn)
  }

  /// What has ended in a mix since the last look is gone before what leaves now.
  private func look(_ mix: Int) {
    let latest = insight(mix)
    for _ in seen[mix].ended..<max(seen[mix].ended, latest.ended) { tracker.end(in: mix, cover: cover(mix)) }
    own[mix] += latest.made - min(latest.made, seen[mix].made)
    seen[mix] = latest
  }

  /// Packets of its own that a mix makes in the time for which it holds one.
  private func cover(_ mix: Int) -> Double { Double(seen[mix].made) / max(1, now()) * meanDelay }

  private func read(_ word: UInt64, _ passage: StreamPassage) {
    guard passage.to < mixes else { return }
    let mass = underWay.removeValue(forKey: word) ?? []
    if betrayals[Int(passage.to)] == nil { return tracker.enter(Int(passage.to), mass) }
    if !mass.isEmpty { betrayed[word] = mass }
  }

  /// The mass of a target that is still in mixes or under way.
  func remaining(_ target: Int) -> Double {
    let known = underWay.values.reduce(tracker.held(target)) { $0 + ($1.isEmpty ? 0 : $1[target]) }
    return betrayed.values.reduce(known) { $0 + $1[target] }
  }
}
