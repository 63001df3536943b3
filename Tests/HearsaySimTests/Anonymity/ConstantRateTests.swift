import MixHost
import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// Links of a constant rate between real nodes, as someone sees them who looks at every link.
struct ConstantRateTests {
  /// When frames with packets were handed over to each link between two mixes.
  private final class LinkTimes: StreamMeter {
    struct Way: Hashable {
      let from: UInt32
      let to: UInt32
    }

    private let mixes: UInt32
    private let now: () -> Instant
    private var scanners: [Int: (number: UInt64, scanner: FrameScanner)] = [:]
    private(set) var times: [Way: [Instant]] = [:]

    init(mixes: Int, now: @escaping () -> Instant) { (self.mixes, self.now) = (UInt32(mixes), now) }

    func moved(_ bytes: UnsafeRawBufferPointer, _ passage: StreamPassage) {
      guard passage.isWritten, passage.from < mixes, passage.to < mixes else { return }
      let place = 2 * passage.place + passage.side
      if scanners[place]?.number != passage.number { scanners[place] = (passage.number, FrameScanner()) }
      let way = Way(from: passage.from, to: passage.to)
      _ = unsafe scanners[place]?.scanner.scan(bytes, false) { _, _ in times[way, default: []].append(now()) }
    }
  }

  /// What one network has shown.
  private struct Look {
    /// By sender and receiver: the frames of so many seconds.
    var times: [LinkTimes.Way: [Instant]] = [:]
    var begin = Instant.zero
    var messages = 0
    var astray = 0
    var counts: [String: Int] = [:]
    var failures: [String] = []

    /// Frames in each second.
    func perSecond(_ way: LinkTimes.Way, seconds: Int) -> [Int] {
      var counts = [Int](repeating: 0, count: seconds)
      for time in times[way] ?? [] {
        let second = Int((time - begin).ns / 1_000_000_000)
        if counts.indices.contains(second) { counts[second] += 1 }
      }
      return counts
    }
  }

  private static let (layers, width, seconds) = (3, 2, 60)
  private static let interval = Nanos.ms(20)

  /// Links from a mix to those of the layer behind it, or of the first behind the last: all of a layer have numbers that are equal by the
  /// number of layers.
  private static let ways = (0..<layers * width).flatMap { from in
    (0..<layers * width).filter { (from + 1) % layers == $0 % layers }.map {
      LinkTimes.Way(from: UInt32(from), to: UInt32($0))
    }
  }

  /// Clients send so many messages a second in all.
  private func look(_ rate: Double, seed: UInt64) -> Look {
    var settings = AnonymitySettings(
      seed: seed, rate: rate, layers: Self.layers, width: Self.width, meanDelay: .ms(100), targets: 1, crypto: .stub)
    settings.linkInterval = Self.interval
    settings.span = .s(120)
    let run = AnonymityRun(settings)
    run.followsSenders = false
    var look = Look()
    guard run.attach() else { return Look(failures: run.failures) }
    run.world.run(for: .s(10))
    var here: Set<Int> = []
    run.whenReceived = { number, _ in here.insert(number) }
    let world = run.world
    let meter = LinkTimes(mixes: run.nodes.count, now: { [unowned world] in world.now })
    world.meter = meter
    look.begin = world.now
    let first = run.messages
    world.run(for: .s(UInt64(Self.seconds)))
    (look.times, look.messages) = (meter.times, run.messages - first)
    let last = run.messages
    world.run(for: .s(20))
    look.astray = (first..<last).count { !here.contains($0) }
    run.checkLosses()
    for node in run.nodes {
      for field in node.status?.chains.flatMap(\.stages).first(where: { $0.stage == "cover_traffic" })?.fields ?? [] {
        if case .int(let count) = field.value { look.counts[field.name, default: 0] += count }
      }
    }
    look.failures = run.failures
    return look
  }

  /// One worker wakes another in less than a microsecond.
  private func isSame(_ a: Instant, _ b: Instant) -> Bool { max(a, b) - min(a, b) < .us(1) }

  /// On each link a packet at each tick and none between them, whether clients say much or next to nothing: the same number in each
  /// second, the same gaps, even the same times. Nothing that clients sent is lost, and the mixes' loops come home.
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func linksDoNotTell(seed: UInt64) {
    let (busy, idle) = (look(80, seed: seed), look(1, seed: seed))
    #expect(busy.messages > 60 * idle.messages)
    for look in [busy, idle] {
      #expect(look.failures.isEmpty)
      #expect(look.astray == 0)
      #expect(look.counts["links"] == Self.ways.count)
      #expect(look.counts["link_missed"] == 0)
      #expect(look.counts["loops_lost"] == 0)
      #expect(look.counts["alarms"] == 0)
      #expect((look.counts["loops_back"] ?? 0) > 300)
    }
    // The real ones are among them.
    let real = [busy, idle].map { $0.counts["link_real"] ?? 0 }
    #expect(real[0] > 10 * real[1])
    for way in Self.ways {
      let second = Int(1_000 / Self.interval.ms)
      #expect(busy.perSecond(way, seconds: Self.seconds).allSatisfy { abs($0 - second) <= 1 })
      #expect(idle.perSecond(way, seconds: Self.seconds).allSatisfy { abs($0 - second) <= 1 })
      let times = busy.times[way] ?? []
      let others = idle.times[way] ?? []
      #expect(times.count == others.count)
      #expect(zip(times, others).allSatisfy { isSame($0, $1) })
      #expect(zip(times, times.dropFirst()).allSatisfy { isSame($0 + Self.interval, $1) })
    }
    // Links of one mix do not tick at once, nor do all mixes.
    let phases = Set(Self.ways.compactMap { busy.times[$0]?.first.map { $0.ns / 1_000_000 % Self.interval.ms } })
    #expect(phases.count > 2)
  }
}
