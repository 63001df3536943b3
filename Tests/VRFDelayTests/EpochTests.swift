import MixNet
import Testing

@testable import VRFDelay

/// Epochs follow the wall clock forward, and never come twice.
@Suite struct EpochTests {
  private func wall(_ seconds: Int64) -> WallTime { WallTime(ns: seconds * 1_000_000_000) }

  @Test func epochsFollowTheClock() {
    var clock = EpochClock(chain: "mix", seconds: 60, wall: wall(6_000))
    #expect(clock.current == 100 && !clock.isOver(wall(6_059)))
    #expect(clock.rest(wall(6_000)) == .s(60) && clock.rest(wall(6_059)) == .s(1))
    #expect(clock.isOver(wall(6_060)))
    clock.advance(wall(6_060))
    #expect(clock.current == 101 && clock.name == EpochName(chain: "mix", seconds: 60, number: 101))
    #expect(clock.name.startMS == 6_060_000)
  }

  /// The wall clock may be set back by any time: the epoch stays until the clock has passed it again.
  @Test func noEpochComesTwice() {
    var random = RandomStream(seed: Seed(3))
    for _ in 0..<50 {
      var clock = EpochClock(chain: "mix", seconds: 10, wall: wall(1_000_000))
      var (time, last) = (Int64(1_000_000), clock.current)
      for _ in 0..<200 {
        time += Int64(random.below(400)) - 180
        let isLater = clock.isOver(wall(time))
        clock.advance(wall(time))
        #expect(isLater == (clock.current > last))
        #expect(clock.current >= last && clock.current >= UInt64(time / 10))
        #expect(clock.rest(wall(time)) >= .s(1))
        last = clock.current
      }
    }
  }

  @Test func aClockOfAnotherAgeDoesNoHarm() {
    var clock = EpochClock(chain: "mix", seconds: 1, wall: WallTime(ns: .min))
    #expect(clock.current == 0)
    clock.advance(WallTime(ns: .max))
    #expect(clock.current == 9_223_372_036)
    #expect(clock.rest(WallTime(ns: .min)) > .s(9_000_000_000))
    #expect(EpochClock(chain: "mix", seconds: 10, wall: wall(0), least: .max).rest(wall(0)) == Nanos(.max))
    #expect(EpochName(chain: "mix", seconds: 10, number: .max).startMS == nil)
  }

  @Test func anEpochsInputIsItsOwn() {
    let names = [
      EpochName(chain: "mix", seconds: 60, number: 1), EpochName(chain: "mix", seconds: 60, number: 2),
      EpochName(chain: "mix", seconds: 61, number: 1), EpochName(chain: "mi", seconds: 60, number: 1),
      EpochName(chain: "mix\0", seconds: 60, number: 1), EpochName(chain: "", seconds: 60, number: 1),
    ]
    #expect(Set(names.map(\.input)).count == names.count)
  }

  @Test func theLedgerKeepsProofsBack() throws {
    var ledger = EpochLedger()
    let proof = try #require(VRFSecretKey.test(1).prove([]))
    let epochs = (1...3 as ClosedRange<UInt64>).map { EpochName(chain: "mix", seconds: 60, number: $0) }
    #expect(ledger.next == .never && ledger.take(.never) == nil)
    ledger.note(Instant(ns: 500))
    ledger.note(Instant(ns: 300))
    ledger.end(epochs[0], proof, now: Instant(ns: 200), margin: Nanos(10))
    // Without packets: from its end on.
    ledger.end(epochs[1], proof, now: Instant(ns: 400), margin: Nanos(10))
    #expect(ledger.next == Instant(ns: 410))
    #expect(ledger.take(Instant(ns: 409)) == nil)
    #expect(ledger.take(Instant(ns: 410))?.epoch == epochs[1])
    #expect(ledger.take(Instant(ns: 509)) == nil && ledger.next == Instant(ns: 510))
    ledger.failed(epochs[1], again: Instant(ns: 600))
    #expect(ledger.take(Instant(ns: 510))?.epoch == epochs[0])
    ledger.told(epochs[0])
    #expect(ledger.ended.map(\.epoch) == [epochs[1]])
    #expect(ledger.take(Instant(ns: 600))?.epoch == epochs[1] && ledger.take(.never) == nil)
    ledger.told(epochs[1])
    for number in 0..<UInt64(EpochLedger.endedMax) {
      #expect(!ledger.isFull)
      ledger.end(EpochName(chain: "mix", seconds: 60, number: number), proof, now: .zero, margin: .zero)
    }
    #expect(ledger.isFull)
  }

  @Test func theMarkerIsReadAsItWasWritten() {
    for epochs in [[7], [7, 9, .max], Array(1...9)] as [[UInt64]] {
      let marker = EpochMarker(seconds: 600, epochs: epochs)
      #expect(EpochMarker(marker.bytes) == marker)
      #expect(marker.bytes.count <= EpochMarker.sizeMax)
    }
    // What has the right hash but is no marker, and what has not.
    func read(_ text: String) -> EpochMarker? {
      let hash = Fingerprint.of(text).description.prefix(16)
      return EpochMarker(Array("\(text) \(hash)\n".utf8))
    }
    #expect(read("600 5") == EpochMarker(seconds: 600, epochs: [5]))
    for bad in ["", "600", "600 ", "600 x", "600 5 5", "600 5 4", "0 5", "4294967296 5", "600 -5", "600 1.5"] {
      #expect(read(bad) == nil, "\(bad)")
      #expect(EpochMarker(Array(bad.utf8)) == nil, "\(bad)")
    }
    #expect(read((["600"] + (1...10).map { "\($0)" }).joined(separator: " ")) == nil)
    #expect(EpochMarker([0xff, 0xfe, 0x20, 0x31]) == nil)
    let good = EpochMarker(seconds: 600, epochs: [7, 9]).bytes
    for bit in 0..<8 * good.count {
      var damaged = good
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(EpochMarker(damaged) == nil)
    }
    for size in 0..<good.count { #expect(EpochMarker(Array(good[..<size])) == nil) }
  }
}
