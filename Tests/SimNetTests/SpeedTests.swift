import Foundation
import MixNet
import Testing

@testable import SimNet

/// Figures for those who ask: `HEARSAY_SIM_SPEED=1 swift test -c release -Xswiftc -enable-testing --filter SpeedTests`.
/// What they measure is also checked, so that they cannot measure nothing.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["HEARSAY_SIM_SPEED"] != nil))
struct SpeedTests {
  private func rate(_ what: String, _ body: () throws -> UInt64) rethrows {
    // The time of the processor, so that others on the machine count less.
    let start = clock()
    let count = try body()
    let span = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    print("\(what): \(Int(Double(count) / span)) a second (\(count) in \(span) s)")
  }

  /// Each event pushes another one, as in a world at work.
  @Test(arguments: [100, 10_000])
  func bareEvents(_ standing: Int) {
    let world = SimWorld(seed: SimSeed(1))
    var random = RandomStream(seed: Seed(2))
    for who in 0..<UInt32(standing) {
      world.heap.push(at: 1_000_000_000 + random.below(1_000_000), .mark, who: who, token: 0)
    }
    let total = 10_000_000
    rate("bare events, \(standing) standing") {
      var word: UInt64 = 88_172_645_463_325_252
      for _ in 0..<total {
        guard world.step() else { break }
        word ^= word << 13
        word ^= word >> 7
        word ^= word << 17
        world.heap.push(at: world.ns + 1 + word & 0xf_ffff, .mark, who: 0, token: 0)
      }
      return world.events
    }
    #expect(world.events == UInt64(total) && world.heap.count == standing)
  }

  @Test(arguments: [false, true])
  func streams(_ traced: Bool) throws {
    let couple = try Couple(1) { $0.trace.isOn = traced }
    let message = pattern(2_048)
    var came = 0
    try rate("messages of 2,048 bytes one by one, \(traced ? "traced" : "untraced")") {
      for _ in 0..<200_000 {
        try #require(couple.a.write(couple.near, message) == .moved(2_048))
        couple.world.run(for: .ms(5))
        came += couple.b.drain(couple.far).bytes.count
      }
      return 200_000
    }
    print("  events: \(couple.world.events)")
    #expect(came == 200_000 * 2_048)
  }

  @Test(arguments: [false, true])
  func whole(_ traced: Bool) throws {
    var trace = TraceSettings()
    trace.isOn = traced
    var virtual: UInt64 = 0
    try rate("events of a world of four hosts, \(traced ? "traced" : "untraced")") {
      let world = try DeterminismTests.run(4, for: .s(600), trace)
      virtual = world.turns
      return world.events
    }
    print("  turns: \(virtual) in 600 virtual seconds; \(memory())")
  }

  private func memory() -> String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    return status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }.map(String.init) ?? "?"
  }
}
