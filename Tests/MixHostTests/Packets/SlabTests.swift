import MixNet
import Testing

@testable import MixHost

@Suite struct SlabTests {
  private static let classes = [
    SizeClass(bytes: 100, counts: [4, 2]), SizeClass(bytes: 1_000, counts: [3, 1]),
  ]

  @Test func everySlotHasItsOwnMemory() {
    let slab = Slab(classes: Self.classes, homes: 2, scratchSize: 48)
    #expect(slab.count == 10)
    for slot in 0..<UInt32(slab.count) {
      let header = slab.header(slot).pointee
      (header.bytes).update(repeating: UInt8(slot), count: Int(header.capacity) + 48)
    }
    for slot in 0..<UInt32(slab.count) {
      let header = slab.header(slot).pointee
      let bytes = UnsafeBufferPointer(start: header.bytes, count: Int(header.capacity) + 48)
      #expect(bytes.allSatisfy { $0 == UInt8(slot) })
      #expect(UInt(bitPattern: slab.header(slot)) % 128 == 0)
    }
  }

  @Test func slotsComeHomeOnce() {
    let slab = Slab(classes: Self.classes, homes: 2, scratchSize: 0)
    let free = FreeSlots(slab: slab, home: 1)
    let counts = [free.count, free.room(bytes: 101).free]
    #expect(counts == [3, 1])
    let small = free.take(bytes: 100)
    let other = free.take(bytes: 10)
    let large = free.take(bytes: 10)
    let none = free.take(bytes: 1)
    #expect(none == nil)
    #expect(Set([small, other, large].map { $0 ?? .max }).count == 3)
    for slot in [small, other, large] {
      guard let slot else { continue }
      #expect(slab.header(slot).pointee.home == 1)
      free.give(slot)
    }
    let after = free.count
    let tooLarge = free.take(bytes: 1_001)
    #expect(after == 3 && tooLarge == nil)
  }

  @Test func sharedSlotsAreFreeAfterTheLastOwner() {
    let slab = Slab(classes: Self.classes, homes: 2, scratchSize: 0)
    slab.share(3, owners: 3)
    #expect(slab.release(3) == false)
    #expect(slab.release(3) == false)
    #expect(slab.release(3) == true)
  }

  @Test func givingBackTwiceTraps() async {
    await #expect(processExitsWith: .failure) {
      let slab = Slab(classes: [SizeClass(bytes: 8, counts: [1])], homes: 1, scratchSize: 0)
      let free = FreeSlots(slab: slab, home: 0)
      guard let slot = free.take(bytes: 8) else { return }
      free.give(slot)
      free.give(slot)
    }
  }
}

@Suite struct HeldPacketTests {
  @Test func losingAPacketTraps() async {
    await #expect(processExitsWith: .failure) {
      let slab = Slab(classes: [SizeClass(bytes: 8, counts: [1])], homes: 1, scratchSize: 0)
      var batch = Batch(slab: slab, capacity: 4)
      batch.append(0)
      _ = batch.mix.take(0)
    }
  }

  @Test func usingATakenPlaceTraps() async {
    await #expect(processExitsWith: .failure) {
      let slab = Slab(classes: [SizeClass(bytes: 8, counts: [1])], homes: 1, scratchSize: 0)
      var batch = Batch(slab: slab, capacity: 4)
      batch.append(0)
      var hold = Hold(capacity: 1)
      hold.insert(batch.mix.take(0))
      _ = batch.packets.size(0)
    }
  }

  @Test func aHoldKeepsAndGives() {
    let slab = Slab(classes: [SizeClass(bytes: 8, counts: [8])], homes: 1, scratchSize: 0)
    var batch = Batch(slab: slab, capacity: 8)
    for slot in 0..<8 as Range<UInt32> {
      batch.append(slot)
      slab.header(slot).pointee.priority = UInt8(slot)
    }
    var hold = Hold(capacity: 8)
    for place in 0..<8 { hold.insert(batch.mix.take(place)) }
    let (isFull, taken, left) = (hold.isFull, batch.closeTaken(), batch.count)
    #expect(isFull && taken == 8 && left == 0)
    var order: [UInt8] = []
    while hold.count > 0 {
      let packet = hold.remove(at: hold.count / 2)
      order.append(packet.priority)
      batch.mix.append(packet)
    }
    let count = batch.count
    #expect(order.sorted() == Array(0..<8) && count == 8)
  }

  @Test func packetsLeaveTheReservedSlots() {
    let slab = Slab(
      classes: [SizeClass(bytes: 100, counts: [2], isReserved: true), SizeClass(bytes: 200, counts: [1])], homes: 1,
      scratchSize: 0)
    let free = FreeSlots(slab: slab, home: 0)
    let counts = [free.count, free.room(bytes: 50).free]
    #expect(counts == [3, 1])
    let packets = [free.take(bytes: 50), free.take(bytes: 50)]
    #expect(packets[0] != nil && packets[1] == nil)
    let own = (0..<3).map { _ in free.take(bytes: 50, forOwn: true) }
    #expect(own.map { $0 != nil } == [true, true, false])
  }
}
