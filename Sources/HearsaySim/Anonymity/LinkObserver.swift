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
  private let targetCount: Int
  /// What packets under way may be, by the bytes that tell them apart, and which of the packets that clients send are targets.
  private var underWay: [UInt64: MassTracker.Mass] = [:]
  private var targets: [UInt64: Int] = [:]
  /// Frames with packets that clients have written, and mixes to mixes, and mixes to clients.
  private(set) var sent = 0
  private(set) var passed = 0
  private(set) var received = 0
  /// Packets in the mix that were there when one left, summed over those that left; for the mean of what pools held.
  private(set) var poolSum = 0
  /// What corrupt mixes tell, by their number, and what the packets are worth that are in them.
  private let betrayals: [Int: Betrayal]
  private var betrayed: [UInt64: MassTracker.Mass] = [:]

  /// Looks at a network of so many mixes, some of which tell what they know, and follows so many targets.
  init(clientPort: UInt16, mixes: Int, targets: Int, betrayals: [Int: Betrayal] = [:]) {
    (self.clientPort, self.mixes) = (clientPort, UInt32(mixes))
    self.betrayals = betrayals
    targetCount = targets
    tracker = MassTracker(mixes: mixes, targets: targets)
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
    poolSum += tracker.count(mix)
    return tracker.leave(mix)
  }

  private func read(_ word: UInt64, _ passage: StreamPassage) {
    guard passage.to < mixes else { return }
    let mass = underWay.removeValue(forKey: word) ?? []
    if betrayals[Int(passage.to)] == nil { return tracker.enter(Int(passage.to), mass) }
    if !mass.isEmpty { betrayed[word] = mass }
  }

  /// The mass of each target that is still in mixes or under way.
  var remaining: [Double] {
    var mass = (0..<targetCount).map { tracker.held($0) }
    // In the order of the words: sums of the same numbers in another order may differ in their last bits.
    for list in [underWay, betrayed] {
      for (_, part) in list.sorted(by: { $0.key < $1.key }) where !part.isEmpty {
        for target in mass.indices { mass[target] += part[target] }
      }
    }
    return mass
  }
}
