import CMallocCount
import MixNet
import Testing

@testable import SimNet

/// A world at work takes nothing from the heap, and what it draws is the same on every machine.
@Suite struct SteadyTests {
  /// What `body` takes from the heap once it has been warmed up.
  private func allocations(_ body: () -> Void) -> UInt64 {
    for _ in 0..<40 { body() }
    let before = malloc_count_calls()
    for _ in 0..<40 { body() }
    return malloc_count_calls() - before
  }

  @Test(.enabled(if: malloc_count_works() != 0), arguments: [false, true])
  func eventsTakeNothingFromTheHeap(_ isRough: Bool) throws {
    let couple = try Couple(1) { $0.streams.segmentMax = 500 }
    if isRough { couple.world.faults = .of((.loss, .percent(5)), (.latency, .percent(5)), (.segment, .percent(20))) }
    let sockets = (
      try couple.a.bindDatagram(couple.hosts.a.address(port: 5)),
      try couple.b.bindDatagram(couple.hosts.b.address(port: 5))
    )
    let target = couple.hosts.b.address(port: 5)
    var message = [UInt8](repeating: 7, count: 100_000)
    var room = [UInt8](repeating: 0, count: 100_000)
    let before = couple.world.events
    let taken = allocations {
      message.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        for _ in 0..<20 {
          _ = couple.a.send(UnsafeRawBufferPointer(rebasing: bytes[..<1_000]), to: target, on: sockets.0)
        }
        var slice = IOSlice(base: base, count: bytes.count)
        withUnsafePointer(to: &slice) {
          _ = couple.a.write(couple.near, from: UnsafeBufferPointer(start: $0, count: 1))
        }
      }
      couple.world.run(for: .s(60))
      room.withUnsafeMutableBytes { bytes in
        while couple.b.receive(into: bytes, on: sockets.1) != nil {}
        guard let base = bytes.baseAddress else { return }
        var slice = IOSlice(base: base, count: bytes.count)
        withUnsafePointer(to: &slice) {
          while case .moved = couple.b.read(couple.far, into: UnsafeBufferPointer(start: $0, count: 1)) {}
        }
      }
    }
    #expect(couple.world.events - before > 1_000)
    // Where chance decides how much is under way at once, a queue may still find its largest size.
    #expect(taken <= (isRough ? 8 : 0))
  }

  /// Drawn on one machine, to be the same on all: the hash of delays of each kind, and of the plans of a hundred seeds.
  @Test func drawsAreTheSameEverywhere() {
    var bytes: [UInt8] = []
    func add(_ word: UInt64) { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
    var random = SimSeed(1).stream(.link(3, 4))
    for _ in 0..<1_000 {
      let word = random.next()
      for delay in [
        Delay.uniform(.us(3), .s(2)), .exponential(least: .us(7), mean: .ms(80)),
        .bimodal(fast: .ms(1), slow: .s(1), slowChance: .percent(3)),
      ] { add(delay.length(word).ns) }
      for family in FaultFamily.allCases { add(Dice(word: word).detail(family, below: 1_000_003)) }
    }
    for seed in 0..<100 as Range<UInt64> {
      let plan = FaultPlan.swarm(SimSeed(seed))
      for family in FaultFamily.allCases { add(UInt64(plan[family].millionths)) }
    }
    #expect("\(Fingerprint.of(bytes))" == "a3ef85ada5987eedd587d004d4aab3522e32afe391c7885cd8900be1e7ad241f")
  }
}
