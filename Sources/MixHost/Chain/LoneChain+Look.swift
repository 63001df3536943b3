import MixNet

/// What can be seen of a ``LoneChain`` from outside: its memory and its accounts.
extension LoneChain {
  /// Slots that the chain has.
  package var slots: Int { shared.slab.count }

  /// Slots that nobody has, on all workers. Those on their way home are taken in at the next turn.
  package var free: Int { sides.reduce(0) { $0 + $1.effects.free.count } }

  /// Packets that the chain has.
  package var held: Int { sides.reduce(0) { $0 + $1.held } + shared.toTail.reduce(0) { $0 + $1.count } }

  /// Packets that came or were made in the chain, and packets that went, for whatever reason: as many, but for those
  /// that are ``held``.
  package var accounts: (came: Int, went: Int) {
    var (came, went) = (0, 0)
    for counters in shared.counters {
      came += Int(clamping: counters.read(.received)) + Int(clamping: counters.read(.injected))
      went += Int(clamping: counters.read(.forwarded))
      for stage in ChainCounters.firstStage..<ChainCounters.firstStage + shared.plan.stageNames.count {
        for code in 1..<UInt8(Verdicts.codes) { went += Int(clamping: counters.read(stage: stage, code: code)) }
      }
    }
    return (came, went)
  }

  /// The link that the packet in a slot came on; nil for what a stage has made.
  package func link(of slot: UInt32) -> LinkID? {
    let link = shared.slab.header(slot).pointee.link
    return link == .none ? nil : link
  }

  /// Where the packet begins that a slot holds, and all its bytes.
  package func bytes(of slot: UInt32, skipping skip: UInt32 = 0) -> [UInt8] {
    look(at: slot, skipping: skip) { bytes in bytes.indices.map { bytes[$0] } }
  }

  /// Shows the bytes of the packet that a slot holds, without a copy.
  package func look<Result>(at slot: UInt32, skipping skip: UInt32 = 0, _ body: (Span<UInt8>) -> Result) -> Result {
    let header = shared.slab.header(slot)
    let skipped = min(skip, header.pointee.length)
    let start = header.pointee.bytes + Int(header.pointee.start + skipped)
    return body(Span(_unsafeStart: start, count: Int(header.pointee.length - skipped)))
  }

  // MARK: Paint

  /// Paints all free slots, and says how many of those painted before were written to although nobody has had them
  /// since.
  package func paintFree() -> Int {
    var spoilt = 0
    for side in sides {
      var slots: [UInt32] = []
      while let slot = side.effects.free.takeAsItIs() {
        slots.append(slot)
        if !paint(slot) { spoilt += 1 }
      }
      for slot in slots.reversed() { side.effects.free.give(slot) }
    }
    return spoilt
  }

  /// False when the slot had been painted before and its bytes are not as they were. The mark lies in the header, where
  /// whoever takes the slot wipes it away.
  private func paint(_ slot: UInt32) -> Bool {
    let mark = Bytes32([UInt8](repeating: 0xa5, count: 32))
    let header = shared.slab.header(slot)
    let bytes = UnsafeMutableRawBufferPointer(start: header.pointee.bytes, count: Int(header.pointee.capacity))
    let words = bytes.bindMemory(to: UInt64.self)
    let pattern = UInt64(0xa5a5_a5a5_a5a5_a5a5)
    if header.pointee.id == mark {
      for word in words.indices where words[word] != pattern { return false }
      return true
    }
    words.update(repeating: pattern)
    header.pointee.id = mark
    return true
  }
}

extension PacketBatch {
  /// The slot of the packet at a place; nil when a mix stage has taken it.
  package func slotNumber(_ i: Int) -> UInt32? {
    precondition(i >= 0 && i < count, "no such place in the batch")
    let slot = index[i + 1]
    return slot == takenPlace ? nil : slot
  }
}

extension SendPrefix {
  /// Its bytes.
  package var array: [UInt8] { (0..<count).map { bytes[$0] } }
}

extension LinkID {
  /// A link that came to a ``LoneChain`` from outside, numbered from 0 on.
  package static func incoming(_ number: Int, worker: Int = 0) -> LinkID {
    LinkID(worker: worker, place: number, generation: 1)
  }
}
