import MixNet
import Testing

@testable import MixHost

/// Datagrams: those that stages let in as packets, and one that goes to several.
@Suite struct EnterTests {
  @Test func whatAStageLetsInGoesThroughTheWholeChain() throws {
    let doorman = Doorman()
    var pieces = try LonePieces([{ _ in .decode(doorman) }, { _ in .verify(OddOnly()) }, Eater.make])
    #expect(pieces.feed(50..<52))
    for number in 0..<4 as Range<UInt8> {
      let bytes = [UInt8](repeating: number, count: 8)
      pieces.chain.datagram(bytes.span, from: .loopback(port: 1))
    }
    #expect(pieces.chain.next <= pieces.now, "what was let in waits for no wake")
    #expect(pieces.run() == [])
    #expect(doorman.came.map(\.bytes) == [50, 51, 0, 1, 2, 3])
    #expect(doorman.came.map { $0.link == .none } == [false, false, true, true, true, true])
    let counters = pieces.chain.sides[0].effects.counters
    #expect(counters.read(.received) == 6 && counters.read(.injected) == 0)
    #expect(pieces.chain.held == 0 && pieces.chain.free == pieces.chain.slots)
  }

  /// Who lets in more than there is room for hears that; nothing is lost of what was there before.
  @Test func withoutRoomNothingIsLetIn() throws {
    let doorman = Doorman()
    var pieces = try LonePieces([{ _ in .decode(doorman) }, Eater.make], batchSize: 4, poolSize: 8)
    for number in 0..<100 as Range<UInt8> {
      let bytes = [UInt8](repeating: number, count: 8)
      pieces.chain.datagram(bytes.span, from: .loopback(port: 1))
    }
    let refused = doorman.refused
    #expect(refused > 50 && refused < 100)
    #expect(pieces.run() == [])
    #expect(doorman.came.count == 100 - refused)
    #expect(pieces.chain.held == 0 && pieces.chain.free == pieces.chain.slots)
  }

  /// What is let in once the head has finished is dropped, and counted.
  @Test func atTheStopNothingIsLetIn() throws {
    let doorman = Doorman()
    var pieces = try LonePieces([{ _ in .decode(doorman) }, Eater.make])
    let side = pieces.chain.sides[0]
    side.finishHead()
    pieces.chain.datagram([1, 2, 3, 4, 5, 6, 7, 8].span, from: .loopback(port: 1))
    #expect(pieces.run() == [] && doorman.came.isEmpty)
    #expect(side.effects.counters.read(.received) == 1)
    #expect(pieces.chain.held == 0 && pieces.chain.free == pieces.chain.slots)
  }

  @Test func oneDatagramGoesToEach() throws {
    let pieces = try LonePieces([AsTheyAre.make, { _ in .forward(Caller()) }])
    var went: [Address] = []
    _ = pieces.chain.step(at: pieces.now + .ms(2)) { exit in
      guard case .datagram(let address) = exit.target else { return }
      went.append(address)
      let bytes = pieces.chain.bytes(of: exit.slot)
      #expect(bytes == [9, 9, 9])
    }
    #expect(went == Caller.addresses + [Caller.addresses[0]])
    #expect(pieces.chain.free == pieces.chain.slots)
  }
}

/// Lets datagrams in, and notes what comes.
private final class Doorman: DecodeStage, @unchecked Sendable {
  var came: [(bytes: UInt8, link: LinkID)] = []
  var refused = 0

  func received(datagram: Span<UInt8>, from address: Address, _ turn: inout Turn) {
    guard var packet = turn.enter(length: datagram.count) else { return refused += 1 }
    packet.put(datagram, at: 0)
  }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      let first = batch.bytes(i)[0]
      came.append((first, batch.link(i)))
    }
  }
}

private final class OddOnly: VerifyStage {
  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices where batch.bytes(i)[0] % 2 == 0 { verdicts.drop(i, .invalid) }
  }
}

/// Takes all packets.
private final class Eater: ForwardStage {
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices { verdicts.consume(i) }
  }
  static let make: @Sendable (inout StageBuilder) -> BuiltStage = { _ in .forward(Eater()) }
}

/// Says the same to several, once.
private final class Caller: ForwardStage {
  static let addresses: [Address] = [.loopback(port: 1), .loopback(port: 2), .loopback(port: 3)]

  func started(_ turn: inout Turn) { turn.wake(at: turn.now + .ms(1)) }

  func woke(_ turn: inout Turn) {
    if var bytes = turn.datagram(to: Self.addresses, length: 3) { fill(&bytes) }
    if var bytes = turn.datagram(to: Self.addresses[0], length: 3) { fill(&bytes) }
  }

  private func fill(_ bytes: inout MutableSpan<UInt8>) { for i in bytes.indices { bytes[i] = 9 } }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {}
}
