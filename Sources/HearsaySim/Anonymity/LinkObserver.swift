import Glibc
import MixNet
import SimNet

/// Someone who sees every frame on every link, when it is handed over and when it is taken, and follows by that alone where the
/// targets may be. It looks into no node, but for corrupt ones. Where mixes make packets of their own it is told which ones those
/// are, and leaves them aside: what it does not know then is the least that it does not know without being told. (Piotrowska and
/// others, "The Loopix anonymity system", 2017, section 4.3 and its footnote.)
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
  /// Targets by what their receivers know them by; and what it was worth, in bits, to be told which message each of them was.
  private var awaited: [UInt64: Int] = [:]
  private(set) var surprises: [Double] = []
  /// Frames with packets that clients have written, and mixes to mixes, and mixes to clients.
  private(set) var sent = 0
  private(set) var passed = 0
  private(set) var received = 0
  /// Hosts all of whose packets are followed, each host as a target: of what leaves a mix it is then known how likely it is whose.
  var sources: [UInt32: Int] = [:]
  /// Packets of clients that have left honest mixes, and those that were in the mix when one left, summed over them: for the mean of
  /// what pools held.
  private(set) var left = 0
  private(set) var poolSum = 0
  /// What mixes tell, by their number; which of them tell all that they know; and what the packets are worth that are in those.
  private let betrayals: [Int: Betrayal]
  private let corrupt: Set<Int>
  private var betrayed: [UInt64: MassTracker.Mass] = [:]
  /// Packets that mixes have made, as they look now, and how many they made.
  private var own: Set<UInt64> = []
  private(set) var made = 0
  /// Sees the same, and is not told which packets mixes have made.
  var untold: UntoldObserver?
  /// Looks on at one mix, if somebody wants to know what leaves it.
  var watch: MixWatch?
  var clock: () -> Instant = { .zero }

  /// Looks at a network of so many mixes, some of which tell what they know, and follows so many targets.
  init(clientPort: UInt16, mixes: Int, targets: Int, betrayals: [Int: Betrayal] = [:], corrupt: Set<Int> = []) {
    (self.clientPort, self.mixes) = (clientPort, UInt32(mixes))
    (self.betrayals, self.corrupt) = (betrayals, corrupt)
    targetCount = targets
    tracker = MassTracker(mixes: mixes, targets: targets)
  }

  /// A packet that a client will send, by the bytes that tell it apart, is a target; its receiver will know it by `identifier`.
  func expect(_ packet: [UInt8], asTarget target: Int, _ identifier: Bytes16? = nil) {
    targets[Self.word(of: packet)] = target
    if let identifier { awaited[FrameScanner.word(of: identifier)] = target }
  }

  static func word(of packet: [UInt8]) -> UInt64 {
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
      _ = unsafe ways[place].written.scan(bytes, isForClients) { word, _ in written(word, passage) }
    } else {
      _ = unsafe ways[place].read.scan(bytes, isForClients) { word, _ in read(word, passage) }
    }
  }

  private func written(_ word: UInt64, _ passage: StreamPassage) {
    guard passage.from < mixes else {
      sent += 1
      if let target = sources[passage.from] ?? targets.removeValue(forKey: word) {
        underWay[word] = tracker.sent(target)
        untold?.sends(target, as: word)
      }
      return
    }
    let mix = Int(passage.from)
    let origin = betrayals[mix]?.origin(of: word)
    watch?.leaves(mix, origin, clock())
    let isForClient = passage.to >= mixes
    untold?.leaves(mix, word, isForClient: isForClient, isTarget: isForClient ? awaited[word] : nil, clock())
    if passage.to < mixes { passed += 1 }
    if isOwn(word, of: mix, origin) { return }
    let mass = mass(leaving: mix, as: origin)
    if passage.to < mixes {
      if !mass.isEmpty { underWay[word] = mass }
    } else {
      received += 1
      tracker.receive(mass)
      guard let target = awaited.removeValue(forKey: word) else { return }
      surprises.append(mass.isEmpty ? .infinity : -log2(mass[target]))
    }
  }

  /// Whether a packet that leaves a mix was made by one.
  private func isOwn(_ word: UInt64, of mix: Int, _ origin: UInt64?) -> Bool {
    guard betrayals[mix] != nil else { return false }
    if let origin {
      guard own.remove(origin) != nil else { return false }
    } else {
      made += 1
    }
    own.insert(word)
    return true
  }

  /// What a packet may be that leaves a mix: a corrupt one says which of those that came it is.
  private func mass(leaving mix: Int, as origin: UInt64?) -> MassTracker.Mass {
    if corrupt.contains(mix) { return origin.flatMap { betrayed.removeValue(forKey: $0) } ?? [] }
    poolSum += tracker.count(mix)
    left += 1
    return tracker.leave(mix)
  }

  /// A packet has ended in a mix, whose service showed something at once: what it may have been.
  func ends(in mix: Int) -> MassTracker.Mass {
    mass(leaving: mix, as: nil)
  }

  private func read(_ word: UInt64, _ passage: StreamPassage) {
    guard passage.to < mixes else { return }
    let mix = Int(passage.to)
    untold?.enters(mix, word, from: passage.from < mixes ? Int(passage.from) : nil, clock())
    if own.contains(word) { return }
    watch?.enters(mix, word, clock())
    let mass = underWay.removeValue(forKey: word) ?? []
    if !corrupt.contains(mix) { return tracker.enter(mix, mass) }
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
