import MixNet
import Synchronization

@testable import MixHost

// A plugin that does what the plugins to come will do, each thing in its smallest form.

/// A protocol that one plugin offers and another uses.
protocol Stamper: AnyObject {
  func stamp() -> UInt8
}

extension CapabilityKey where C == any Stamper {
  static var stamper: Self { Self("stamper") }
}

/// Frames begin with a letter: `P` asks for an answer on the same link, `E` is for the stage alone, `H` is for the other
/// chain, anything else goes on.
final class LetterStage: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      let letter = batch.bytes(i)[0]
      columns.setID(i, Bytes32([letter]))
      switch letter {
      case UInt8(ascii: "P"):
        // Like a gossip control frame: answered at once, and no packet any more.
        let asked = batch.size(i)
        if var answer = turn.frame(on: batch.link(i), length: 3) {
          answer[0] = UInt8(ascii: "p")
          answer.put(bigEndian: UInt16(truncatingIfNeeded: asked), at: 1)
        }
        verdicts.consume(i)
      case UInt8(ascii: "X"): verdicts.drop(i, .malformed)
      default: break
      }
    }
  }
}

/// Takes frames for itself.
final class EaterStage: VerifyStage {
  private(set) var eaten = 0
  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices where batch.bytes(i)[0] == UInt8(ascii: "E") {
      eaten += 1
      verdicts.consume(i)
    }
  }
  func status() -> [StatusField] { [StatusField("eaten", .int(eaten))] }
}

/// Makes a packet of its own on every tick, as cover traffic will: to a service that it has claimed itself.
final class TickerStage: MixStage {
  static let home = Fingerprint.service("ticker")
  private let every: Nanos
  private let stamper: any Stamper
  private var next = Instant.never
  private(set) var cameHome = 0

  init(_ every: Nanos, _ builder: inout StageBuilder) throws(BuildError) {
    self.every = every
    stamper = try builder.capability(.stamper)
    try builder.claim(Self.home)
  }

  func started(_ turn: inout Turn) {
    next = turn.now + every
    turn.wake(at: next)
  }

  func woke(_ turn: inout Turn) {
    while next <= turn.now {
      next = next + every
      let stamp = stamper.stamp()
      let route = Route.destination(Self.home, identifier: Bytes16())
      if var packet = turn.inject(at: .forward, length: 2, route: route) {
        packet[0] = UInt8(ascii: "T")
        packet[1] = stamp
      }
    }
    turn.wake(at: next)
  }

  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    for i in batch.indices where batch.bytes(i)[0] == UInt8(ascii: "T") { cameHome += 1 }
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {}
  func release(into batch: inout MixBatch, _ turn: inout Turn) {}
  func drain(into batch: inout MixBatch, _ turn: inout Turn) {}
  func status() -> [StatusField] { [StatusField("came_home", .int(cameHome))] }
}

/// Own addresses to whoever claimed them, `H` to the other chain, the rest back to the sender.
final class ReturnStage: ForwardStage {
  private let other: ChainRef?
  init(_ builder: inout StageBuilder) { other = builder.chain("second") }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      if case .destination(let address, _) = columns.route(i) {
        _ = outlets.serve(i, at: address)
      } else if batch.bytes(i)[0] == UInt8(ascii: "H"), let other {
        _ = outlets.hand(i, to: other)
      } else if batch.link(i) != .none {
        _ = outlets.send(i, on: batch.link(i), prefix: SendPrefix(7))
      }
    }
  }
}

/// The second chain's end: counts what it was handed.
final class CountStage: ForwardStage {
  private(set) var counted = 0
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      counted += 1
      verdicts.consume(i)
    }
  }
  func status() -> [StatusField] { [StatusField("counted", .int(counted))] }
}

final class CountingStamper: Stamper {
  private var last: UInt8 = 0
  func stamp() -> UInt8 {
    last &+= 1
    return last
  }
}

/// Reads one key that has a range; for stages that need none.
private func noConfig(_ table: inout ConfigTable) -> Bool { true }

extension Plugin {
  static let letters = Plugin(
    name: "letters", summary: "for tests",
    stages: [
      StageDescriptor(
        .decode, "letter", summary: "reads a letter", provides: .id, config: noConfig,
        shape: { _ in DecodeShape(framing: .raw, limits: FrameLimits(1...512), protocolName: "letters") },
        make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in LetterStage() }),
      StageDescriptor(
        .verify, "eater", summary: "eats", needs: .id, config: noConfig,
        make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any VerifyStage in EaterStage() }),
      StageDescriptor(
        .mix, "ticker", summary: "ticks", uses: ["stamper"],
        config: { (table: inout ConfigTable) in
          table.milliseconds("every_ms", default: 5, in: 1...1_000, "time between its packets")
        },
        make: { (every: Nanos, builder: inout StageBuilder) throws(BuildError) -> any MixStage in
          try TickerStage(every, &builder)
        }),
      StageDescriptor(
        .forward, "return", summary: "sends back", config: noConfig,
        make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
          ReturnStage(&builder)
        }),
      StageDescriptor(
        .forward, "count", summary: "counts", config: noConfig,
        make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in CountStage() }),
    ])

  static let stamps = Plugin(
    name: "stamps", summary: "offers a capability", stages: [],
    capabilities: [
      CapabilityDescriptor(
        .stamper, table: "stamps", config: noConfig, shared: { (_: Bool, _: inout LoadContext) -> Bool? in true },
        make: { (_: Bool, _: Bool, _: inout StageBuilder) throws(BuildError) -> any Stamper in CountingStamper() })
    ])
}
