import LinuxNet
import MixNet
import Testing

@testable import MixHost

@Suite struct RingTests {
  @Test func keepsOrderAndBound() {
    let ring = Ring<UInt32>(capacity: 5)
    var pushed: UInt32 = 0
    var popped: UInt32 = 0
    var random = RandomStream(seed: Seed(3))
    for _ in 0..<10_000 {
      if random.below(2) == 0 {
        let fits = pushed - popped < 8
        #expect(ring.push(pushed) == fits)
        if fits { pushed += 1 }
      } else {
        let expected = popped < pushed ? popped : nil
        #expect(ring.pop() == expected)
        if expected != nil { popped += 1 }
      }
      #expect(ring.count == Int(pushed - popped))
    }
  }

  /// Two threads: everything arrives once and in order.
  @Test func handsOverBetweenThreads() throws {
    let ring = Ring<UInt32>(capacity: 64)
    let total: UInt32 = 300_000
    let thread = try Thread("producer") {
      var next: UInt32 = 0
      while next < total { if ring.push(next) { next += 1 } }
    }
    var expected: UInt32 = 0
    while expected < total {
      if let got = ring.pop() {
        if got != expected { Issue.record("\(got) came where \(expected) was due"); break }
        expected += 1
      }
    }
    thread.join()
    #expect(ring.isEmpty)
  }
}
