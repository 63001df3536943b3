import MixNet
import Testing

@testable import MixHost

/// What a mix stage may do with its batch, and what the tail makes of it.
@Suite struct TailMixTests {
  /// A stage may give back at once what it has taken: the tail then holds nothing for it.
  @Test func shufflesWithinHold() throws {
    var pieces = try LonePieces([AsTheyAre.make, { _ in .mix(Reverser(inRelease: false)) }, AllBack.make])
    #expect(pieces.feed(0..<4))
    #expect(pieces.run() == [3, 2, 1, 0])
    #expect(pieces.chain.held == 0)
    #expect(pieces.chain.free == pieces.chain.slots)
  }

  /// The same in `release`, where the batch holds what `hold` let pass.
  @Test func shufflesWithinRelease() throws {
    var pieces = try LonePieces([AsTheyAre.make, { _ in .mix(Reverser(inRelease: true)) }, AllBack.make])
    #expect(pieces.feed(0..<4))
    #expect(pieces.run() == [3, 2, 1, 0])
    #expect(pieces.chain.held == 0)
  }

  /// A full batch of packets that pass leaves no room to release into: the call comes again when they are gone.
  @Test func releasesAlthoughTheBatchIsFull() throws {
    var pieces = try LonePieces([AsTheyAre.make, { _ in .mix(FirstOnly()) }, AllBack.make])
    #expect(pieces.feed(0..<2))
    #expect(pieces.run() == [])
    #expect(pieces.feed(10..<18))
    #expect(pieces.run(after: .ms(1)) == [10, 11, 12, 13, 14, 15, 16, 17, 0, 1])
    #expect(pieces.chain.held == 0)
  }

  @Test func twoMixStagesAreDrainedInTheirOrder() throws {
    let keep: @Sendable (inout StageBuilder) -> BuiltStage = { _ in .mix(KeepAll()) }
    var pieces = try LonePieces([AsTheyAre.make, keep, keep, AllBack.make])
    #expect(pieces.feed(0..<20))
    #expect(pieces.run() == [])
    #expect(pieces.chain.held == 20)
    #expect(pieces.drain().sorted() == Array(0..<20))
    #expect(pieces.chain.held == 0)
    pieces.chain.sides[0].begin(now: pieces.now, wall: WallTime(ns: 0))
    #expect(pieces.chain.free == pieces.chain.slots)
  }
}

/// Turns the order of each batch round.
private final class Reverser: MixStage {
  private var held = Hold(capacity: 8)
  private let inRelease: Bool

  init(inRelease: Bool) { self.inRelease = inRelease }

  private func reverse(_ batch: inout MixBatch) {
    let count = batch.packets.count
    for i in 0..<count { held.insert(batch.take(i)) }
    while held.count > 0 { batch.append(held.remove(at: held.count - 1)) }
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) { if !inRelease { reverse(&batch) } }
  func release(into batch: inout MixBatch, _ turn: inout Turn) { if inRelease { reverse(&batch) } }
  func drain(into batch: inout MixBatch, _ turn: inout Turn) {}
}

/// Holds the first batch until another one comes; lets that pass.
private final class FirstOnly: MixStage {
  private var held = Hold(capacity: 8)
  private var batches = 0

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    batches += 1
    if batches == 1 { for i in batch.packets.indices { held.insert(batch.take(i)) } }
  }
  func release(into batch: inout MixBatch, _ turn: inout Turn) { if batches > 1 { drain(into: &batch, &turn) } }
  func drain(into batch: inout MixBatch, _ turn: inout Turn) {
    while held.count > 0, batch.room > 0 { batch.append(held.remove(at: 0)) }
  }
}

/// Holds everything until the stop.
private final class KeepAll: MixStage {
  private var held = Hold(capacity: 64)

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) { for i in batch.packets.indices { held.insert(batch.take(i)) } }
  func release(into batch: inout MixBatch, _ turn: inout Turn) {}
  func drain(into batch: inout MixBatch, _ turn: inout Turn) {
    while held.count > 0, batch.room > 0 { batch.append(held.remove(at: 0)) }
  }
}
