import MixNet
import Testing

struct NumberTableTests {
  /// Whatever is set, changed and removed: it holds what a dictionary holds. Few keys, so that all this happens to each of them.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func itHoldsWhatADictionaryHolds(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var table = NumberTable(seed: Seed(seed, 1))
    var model: [UInt64: Int] = [:]
    let kinds: [(UInt64) -> UInt64] = [{ $0 }, { $0 << 32 }, { ~$0 }, { $0 << 48 | $0 }]
    let kind = kinds[Int(seed) % kinds.count]
    let keys = (0..<(1 + random.below(200))).map { kind($0) }
    for step in 0..<5_000 {
      let key = keys[Int(random.below(UInt64(keys.count)))]
      // Now it fills, now it empties.
      let removes = step / 500 % 2 == 0 ? 3 : 7 as UInt64
      let value = random.below(10) < removes ? nil : Int(random.below(1 << 40))
      table[key] = value
      model[key] = value
      if step % 50 == 0 {
        for key in keys {
          let found = table[key]
          #expect(found == model[key])
        }
      }
      let (found, count) = (table[key], table.count)
      #expect(found == value && count == model.count)
    }
    for key in keys { table[key] = nil }
    let left = table.count
    #expect(left == 0)
  }

  /// What lies together at the end of its memory goes on at its begin, also when one of them is removed.
  @Test func aRunThatGoesRoundIsHeldTogether() {
    for seed in 1...200 as ClosedRange<UInt64> {
      var table = NumberTable(seed: Seed(seed))
      for key in 0..<4 as Range<UInt64> { table[key] = Int(key) }
      for gone in 0..<4 as Range<UInt64> {
        table[gone] = nil
        for key in 0..<4 as Range<UInt64> {
          let found = table[key]
          #expect(found == (key == gone ? nil : Int(key)))
        }
        table[gone] = Int(gone)
      }
    }
  }

  @Test func itTakesTheMemoryItSays() {
    #expect(NumberTable.memory(capacity: 1_000) == 2_048 * 16)
    #expect(NumberTable.memory(capacity: 0) == 8 * 16)
  }
}
