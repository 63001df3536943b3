import MixNet

/// Finds by its id what lies in a ring in the order in which it came, as a rule with one look at memory for what is not there.
///
/// What came has numbers that rise by one; in the ring it lies at its number modulo the ring's size. Those whose ids have one hash are a
/// chain from the newest to the oldest, which ends at the first that the ring has forgotten: so nothing is to be done to forget.
struct RingIndex: Sendable {
  /// The number of the newest of each chain, and for each place in the ring the number before it in its chain: their lower halves. What is so old
  /// that it looks new again, after 2^32 numbers, does no harm: ids are compared, and each step goes to an older number, so that a search ends.
  private var newest: [UInt32]
  private var before: [UInt32]
  private let keys: (UInt64, UInt64)
  private let shift: UInt64

  /// An index of a ring of so many places. `seed` is the node's own secret.
  init(places: Int, seed: Seed) {
    var chains = 1
    while chains < max(2, places) { chains *= 2 }
    shift = UInt64(64 - chains.trailingZeroBitCount)
    var random = RandomStream(seed: seed)
    keys = (random.next(), random.next())
    newest = [UInt32](repeating: 0, count: chains)
    // Touched when there is something in it.
    before = unsafe [UInt32](unsafeUninitializedCapacity: places) { _, count in count = places }
  }

  func place(of number: UInt64) -> Int { Int(number % UInt64(before.count)) }

  /// Whoever does not know the keys cannot choose ids of one chain.
  private func chain(of id: Bytes16) -> Int {
    let product = (id.words[0] ^ keys.0).multipliedFullWidth(by: id.words[1] ^ keys.1)
    return Int((product.high ^ product.low) >> shift)
  }

  /// The next number, `number`, is this id's.
  mutating func add(_ id: Bytes16, number: UInt64) {
    let chain = chain(of: id)
    before[place(of: number)] = newest[chain]
    newest[chain] = UInt32(truncatingIfNeeded: number)
  }

  /// The newest number of all, which is this id's, is given up.
  mutating func takeBack(_ id: Bytes16, number: UInt64) { newest[chain(of: id)] = before[place(of: number)] }

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
