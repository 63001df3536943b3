import Glibc
import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// What the observer says against Bayes' rule, by counting: all ways in which what left the mixes of a small network can have been what came, each
/// weighed with the density of the delays that it needs.
struct PosteriorTests {
  private static let senders = 3
  private static let layers = [0...1, 2...3]

  /// A packet: whose, by which mixes, and when it came to each of them and was published.
  private struct Packet {
    let sender: Int
    let mixes: [Int]
    let times: [Double]
  }

  /// Packets of some users, by routes and with delays that are drawn.
  private static func draw(_ count: Int, _ random: inout RandomStream) -> [Packet] {
    (0..<count).map { _ in
      func exponential(_ mean: Double) -> Double { -mean * log((Double(random.next() >> 11) + 1) * 0x1p-53) }
      let start = 2 * Double(random.next() >> 11) * 0x1p-53
      let middle = start + exponential(1)
      return Packet(
        sender: Int(random.below(UInt64(senders))),
        mixes: layers.map { $0.lowerBound + Int(random.below(2)) }, times: [start, middle, middle + exponential(1)])
    }
  }

  /// What the tracker says of each packet when it is published, given events in their order.
  private static func tracked(_ packets: [Packet]) -> [[Double]] {
    var tracker = MassTracker(mixes: 4, targets: senders)
    var posteriors = [[Double]](repeating: [], count: packets.count)
    let events = packets.indices.flatMap { packet in packets[packet].times.indices.map { (packet, $0) } }
    for (number, step) in events.sorted(by: { packets[$0.0].times[$0.1] < packets[$1.0].times[$1.1] }) {
      let packet = packets[number]
      switch step {
      case 0: tracker.enter(packet.mixes[0], tracker.sent(packet.sender))
      case 1: tracker.enter(packet.mixes[1], tracker.leave(packet.mixes[0]))
      default: posteriors[number] = tracker.leave(packet.mixes[1])
      }
    }
    return posteriors
  }

  /// For each packet that leaves a layer, which ones that came to it may be the same: all ways, and how likely each is.
  private static func ways(_ packets: [Packet], layer: Int) -> [(origin: [Int], weight: Double)] {
    var found: [(origin: [Int], weight: Double)] = []
    var origin: [Int] = []
    func extend(_ weight: Double) {
      let leaving = origin.count
      guard leaving < packets.count else { return found.append((origin, weight)) }
      for coming in packets.indices where !origin.contains(coming) {
        let delay = packets[leaving].times[layer + 1] - packets[coming].times[layer]
        guard delay > 0, packets[coming].mixes[layer] == packets[leaving].mixes[layer] else { continue }
        origin.append(coming)
        extend(weight * exp(-delay))
        origin.removeLast()
      }
    }
    extend(1)
    return found
  }

  private static func counted(_ packets: [Packet]) -> [[Double]] {
    var sums = [[Double]](repeating: [Double](repeating: 0, count: senders), count: packets.count)
    var total = 0.0
    let (first, second) = (ways(packets, layer: 0), ways(packets, layer: 1))
    for late in second {
      for early in first {
        let weight = late.weight * early.weight
        total += weight
        for packet in packets.indices { sums[packet][packets[early.origin[late.origin[packet]]].sender] += weight }
      }
    }
    return sums.map { $0.map { $0 / total } }
  }

  @Test func itIsBayesRule() {
    var random = RandomStream(seed: Seed(5))
    var (open, worst) = (0, 0.0)
    for _ in 0..<60 {
      let packets = Self.draw(5, &random)
      let (tracked, counted) = (Self.tracked(packets), Self.counted(packets))
      for (one, other) in zip(tracked, counted) {
        for sender in 0..<Self.senders { worst = max(worst, abs(one[sender] - other[sender])) }
        open += one.filter { $0 > 0.01 && $0 < 0.99 }.isEmpty ? 0 : 1
      }
    }
    #expect(worst < 1e-9)
    // Most are not known for sure.
    #expect(open > 150)
  }

  /// The mean probability of the true sender, and what is expected of it, by hand.
  @Test func summary() {
    let sightings = [
      Sighting(number: 0, posterior: [0.5, 0.5]), Sighting(number: 1, posterior: [1, 0]),
      Sighting(number: 2, posterior: [0.75, 0.25]),
    ]
    let summary = SightingsSummary(sightings, senderOf: [1, 0, 0])
    #expect(abs(summary.probability - 0.75) < 1e-12)
    #expect(abs(summary.expected - (0.5 + 1 + 0.625) / 3) < 1e-12)
    // Only the last one's probability may be one or another: 0.75 or 0.25, so its variance is 3/4 * 1/4 * (1/2)^2.
    #expect(abs(summary.standardError - (0.75 * 0.25 * 0.25).squareRoot() / 3) < 1e-12)
    #expect(abs(summary.surprise - (1 + 0 - log2(0.75)) / 3) < 1e-12)
    #expect(summary.entropies.first == 0 && summary.entropies.last == 1)
    #expect(summary.guessed == 2.0 / 3)
  }

  /// Who is surer than he may be, or guesses at random, is found out.
  @Test func wrongObserversAreFound() {
    var random = RandomStream(seed: Seed(7))
    let senders = (0..<400).map { _ in Int(random.below(4)) }
    let sure = senders.indices.map { Sighting(number: $0, posterior: [0.7, 0.1, 0.1, 0.1]) }
    #expect(!SightingsSummary(sure, senderOf: senders).isCalibrated)
    let modest = senders.indices.map { number in
      Sighting(number: number, posterior: (0..<4).map { $0 == senders[number] ? 0.4 : 0.2 })
    }
    #expect(!SightingsSummary(modest, senderOf: senders).isCalibrated)
  }
}
