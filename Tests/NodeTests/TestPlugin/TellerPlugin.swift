import Glibc
import MixNet

@testable import MixHost

/// Says a word to every peer with the handshake, and keeps what the last one said; a peer that says `enemy` is sent away. What comes
/// takes it as long as it is told.
final class TellerStage: ForwardStage {
  struct Config: Sendable {
    let word: String
    let to: Address?
    var napUS: UInt32 = 0
  }
  private let config: Config
  private var heard = ""

  init(_ config: Config) { self.config = config }

  func started(_ turn: inout Turn) {
    turn.tellPeers(Array(config.word.utf8))
    if let to = config.to { _ = turn.open(to) }
  }

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    guard change.isUp else { return }
    heard = change.fields["teller"].map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
    if heard == "enemy" { turn.close(change.link) }
  }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      usleep(config.napUS)
      verdicts.consume(i)
    }
  }

  func status() -> [StatusField] { [StatusField("heard", .text(heard))] }
}

extension Plugin {
  /// A chain of nodes that say hello.
  static let teller = Plugin(
    name: "tellers", summary: "for tests",
    stages: [
      StageDescriptor(
        .decode, "frames", summary: "takes frames", config: { (_: inout ConfigTable) in true },
        shape: { _ in DecodeShape(framing: .peer, limits: FrameLimits(1...512), protocolName: "frames", peersWait: true)
        },
        make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in LetterStage() }),
      StageDescriptor(
        .forward, "teller", summary: "says a word",
        config: { (table: inout ConfigTable) in
          TellerStage.Config(
            word: table.string("word", default: "", "what it says"), to: table.address("to", "to whom"),
            napUS: UInt32(table.int("nap_us", default: 0, in: 0...1_000_000, "how long each frame takes")))
        },
        make: { (config: TellerStage.Config, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in
          TellerStage(config)
        }),
    ])
}
