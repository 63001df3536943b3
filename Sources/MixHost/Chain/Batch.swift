/// One batch's storage: the index, the verdicts, and the views of them that stages are lent. A head has one, a tail has two.
struct Batch: ~Copyable {
  let index: UnsafeMutablePointer<UInt32>
  let codes: UnsafeMutablePointer<UInt8>
  let capacity: Int
  private let slab: Slab
  var packets: PacketBatch
  var mix: MixBatch
  var decoded: Decoded
  var deadlines: Deadlines
  var verdicts: Verdicts

  init(slab: Slab, capacity: Int) {
    self.slab = slab
    self.capacity = capacity
    index = .allocate(capacity: capacity + 1)
    index.initialize(repeating: 0, count: capacity + 1)
    codes = .allocate(capacity: capacity)
    codes.initialize(repeating: 0, count: capacity)
    packets = PacketBatch(index: index, slab: slab)
    mix = MixBatch(packets: PacketBatch(index: index, slab: slab), capacity: capacity)
    decoded = Decoded(index: index, slab: slab)
    deadlines = Deadlines(index: index, slab: slab)
    verdicts = Verdicts(index: index, codes: codes)
  }

  deinit {
    index.deallocate()
    codes.deallocate()
  }

  var count: Int { Int(index[0]) }
  var isFull: Bool { count == capacity }

  /// Puts a slot at the end; there is room (see ``isFull``).
  mutating func append(_ slot: UInt32) {
    precondition(!isFull, "there is no room left in the batch")
    index[count + 1] = slot
    codes[count] = Verdicts.goesOn
    index[0] += 1
  }

  mutating func clear() {
    codes.update(repeating: Verdicts.goesOn, count: count)
    index[0] = 0
  }

  /// Takes out the packets that got a verdict and counts each under `stage`.
  mutating func compact(stage: Int, _ effects: Effects) {
    var kept = 0
    for i in 0..<count {
      let slot = index[i + 1]
      let code = codes[i]
      codes[i] = Verdicts.goesOn
      if slot == takenPlace { continue }
      if code == Verdicts.goesOn {
        index[kept + 1] = slot
        kept += 1
      } else {
        effects.counters.add(stage: stage, code: code)
        wipeScratch(slot)
        effects.letGo(slot)
      }
    }
    index[0] = UInt32(kept)
  }

  /// A decode stage may have left keys beside a packet that is dropped before it is finished.
  private func wipeScratch(_ slot: UInt32) {
    guard slab.scratchSize > 0 else { return }
    let header = slab.header(slot)
    (header.pointee.bytes + Int(header.pointee.capacity)).update(repeating: 0, count: slab.scratchSize)
  }

  /// Closes the gaps where packets were taken out, verdicts and all; says how many there were.
  mutating func closeTaken() -> Int {
    var kept = 0
    let whole = count
    for i in 0..<whole where index[i + 1] != takenPlace {
      index[kept + 1] = index[i + 1]
      codes[kept] = codes[i]
      kept += 1
    }
    for i in kept..<whole { codes[i] = Verdicts.goesOn }
    index[0] = UInt32(kept)
    return whole - kept
  }

  /// True when a packet got a verdict or was taken: only then is there anything to compact.
  var hasGaps: Bool {
    for i in 0..<count where codes[i] != Verdicts.goesOn || index[i + 1] == takenPlace { return true }
    return false
  }
}

/// A stage with its number in the chain.
struct Numbered<S> {
  let stage: S
  let number: Int
}
