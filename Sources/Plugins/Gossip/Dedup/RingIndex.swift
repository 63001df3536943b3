import MixNet

/// Finds by its id what lies in a ring in the order in which it came, with one look at memory for what is not there.
///
/// What came has numbers that rise by one; in the ring it lies at its number modulo the ring's size. Those whose ids have one hash are a
/// chain from the newest to the oldest, which ends at the first that the ring has forgotten: so nothing is to be done to forget.
struct RingIndex: Sendable {
  /// The number of the newest of each chain, and for each place in the ring the number before it in its chain: their lower halves. What was never
  /// written says something that does not matter: who looks compares ids, and goes on to older ones alone.
  private var newest: [UInt32]
  private var before: [UInt32]

  /// An index of a ring of so many places.
  init(places: Int) {
    var chains = 1
    while chains < places { chains *= 2 }
    newest = [UInt32](repeating: 0, count: chains)
    // Touched when there is something in it.
    before = unsafe [UInt32](unsafeUninitializedCapacity: places) { _, count in count = places }
  }

  func place(of number: UInt64) -> Int { Int(number % UInt64(before.count)) }

  private func chain(of id: Bytes16) -> Int { id.hashValue & (newest.count - 1) }

  /// The next number, `number`, is this id's.
  mutating func add(_ id: Bytes16, number: UInt64) {
    let chain = chain(of: id)
    before[place(of: number)] = newest[chain]
    newest[chain] = UInt32(truncatingIfNeeded: number)
  }

  /// The newest of the last `count` numbers before `end` whose place is this id's, as `isThere` says.
  func find(_ id: Bytes16, last count: Int, before end: UInt64, _ isThere: (Int) -> Bool) -> UInt64? {
    let lower = UInt32(truncatingIfNeeded: end)
    var (number, age) = (newest[chain(of: id)], 0)
    while true {
      let older = Int(lower &- number)
      guard older > age, older <= count else { return nil }
      age = older
      let found = end - UInt64(age)
      if isThere(place(of: found)) { return found }
      number = before[place(of: found)]
    }
  }
}
