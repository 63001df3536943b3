import MixNet
import Testing

@testable import MixHost

/// What stages ask for while they are built and called.
@Suite struct StageFaceTests {
  /// A frame that the link's other end would not take is not begun.
  @Test func framesKeepToTheChainsLimits() throws {
    let found = Found()
    var pieces = try LonePieces(
      [AsTheyAre.make, AllBack.make, { _ in .observe(Framer(found, lengths: [7, 8, 40, 41])) }], frameMax: 40)
    #expect(pieces.feed(0..<1))
    _ = pieces.run()
    #expect(found.lengths == [8, 40])
  }

  /// What a stage asks for when a link comes up, between two turns, does not wait for something else to happen.
  @Test func framesThatAnswerNewsDoNotWait() throws {
    var pieces = try LonePieces([AsTheyAre.make, AllBack.make, { _ in .observe(Greeter()) }])
    _ = pieces.run()
    #expect(pieces.chain.next == .never)
    pieces.chain.change(.incoming(3), isUp: true)
    #expect(pieces.chain.next <= pieces.now)
    #expect(pieces.run() == [9])
    #expect(pieces.chain.next == .never)
  }

  /// Every verdict once, and no empty batch.
  @Test func observersSeeEveryVerdictOnce() throws {
    let found = Found()
    var pieces = try LonePieces([
      AsTheyAre.make, { _ in .mix(Keeper()) }, AllBack.make, { _ in .observe(Counting(found)) },
    ])
    #expect(pieces.feed(0..<5))
    #expect(pieces.run() == [0, 1, 2, 3])
    #expect(pieces.run(after: .ms(1)) == [])
    #expect(found.lengths == [4])
    #expect(!found.sawEmpty)
  }

  /// Two plugins may give their cores the same name.
  @Test func coresAreToldApartByType() throws {
    let found = Found()
    _ = try LonePieces([
      AsTheyAre.make, AllBack.make,
      { builder in
        found.note(try? builder.core { One.Core() })
        found.note(try? builder.core { Two.Core() })
        found.note(try? builder.core { One.Core() })
        return .observe(Framer(found, lengths: []))
      },
    ])
    #expect(found.cores.count == 3)
    #expect(found.cores.first === found.cores.last && found.cores[0] !== found.cores[1])
  }
}

private enum One { final class Core {} }
private enum Two { final class Core {} }

/// What a stage of a test has found; it stays on the test's thread.
private final class Found: @unchecked Sendable {
  var lengths: [Int] = []
  var cores: [AnyObject] = []
  var sawEmpty = false
  func note(_ core: AnyObject?) { if let core { cores.append(core) } }
}

/// Writes a frame of each length on the first link that it sees.
private final class Framer: ObserveStage {
  private let found: Found
  private var lengths: [Int]

  init(_ found: Found, lengths: [Int]) {
    self.found = found
    self.lengths = lengths
  }

  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
    guard batch.count > 0 else { return }
    for length in lengths where turn.frame(on: batch.link(0), length: length) != nil { found.lengths.append(length) }
    lengths = []
  }
}

/// Greets each link that comes up.
private final class Greeter: ObserveStage {
  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
  }
  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    if change.isUp, var frame = turn.frame(on: change.link, length: 8) { frame[0] = 9 }
  }
}

/// Drops the packet that begins with 4, and is woken again and again.
private final class Keeper: MixStage {
  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.packets.indices where batch.packets.bytes(i)[0] == 4 { verdicts.drop(i, .invalid) }
    turn.wake(at: turn.now + .us(100))
  }
  func release(into batch: inout MixBatch, _ turn: inout Turn) {}
  func drain(into batch: inout MixBatch, _ turn: inout Turn) {}
}

/// Notes the first byte of every packet that has a verdict.
private final class Counting: ObserveStage {
  private let found: Found
  init(_ found: Found) { self.found = found }

  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
    if batch.count == 0 { found.sawEmpty = true }
    for i in batch.indices where !verdicts.isOpen(i) { found.lengths.append(Int(batch.bytes(i)[0])) }
  }
}
