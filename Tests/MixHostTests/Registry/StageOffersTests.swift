import MixNet
import Testing

@testable import MixHost

/// What one stage of a chain offers and another uses.
@Suite struct StageOffersTests {
  private final class Chooser: AdmissionStage, ForwardStage, PeerChooser {
    let epoch: UInt64 = 7
    let revision: UInt64 = 0
    func peers(in epoch: UInt64) -> [Bytes32] { [] }
    func peers(of node: Bytes32) -> [Bytes32]? { nil }
    func isChosen(_ peer: Bytes32) -> Bool { false }
    func link(to peer: Bytes32) -> LinkID? { nil }
    func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {}
    func forward(
      _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
      _ verdicts: inout Verdicts, _ turn: inout Turn
    ) {}
  }

  private static func offering(_ name: String) -> StageDescriptor {
    StageDescriptor(
      .admission, name, summary: "offers itself", offers: ["peer_chooser"], config: { (_: inout ConfigTable) in 0 },
      make: { (_: Int, builder: inout StageBuilder) throws(BuildError) -> any AdmissionStage in
        let stage = Chooser()
        try builder.offer(.peerChooser, stage)
        return stage
      })
  }

  private static let plugin = Plugin(
    name: "choice", summary: "for tests",
    stages: [
      offering("chooser"), offering("picker"),
      StageDescriptor(
        .forward, "chosen", summary: "needs a chooser", uses: ["peer_chooser"],
        config: { (_: inout ConfigTable) in 0 },
        make: { (_: Int, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
          let chooser: any PeerChooser = try builder.capability(.peerChooser)
          guard let same = builder.offered(.peerChooser), same === chooser, chooser.epoch == 7 else {
            throw BuildError("it is another one")
          }
          return Chooser()
        }),
      StageDescriptor(
        .forward, "free", summary: "takes a chooser where there is one", config: { (_: inout ConfigTable) in 0 },
        make: { (_: Int, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
          if let chooser = builder.offered(.peerChooser) { throw BuildError("there is one of epoch \(chooser.epoch)") }
          return Chooser()
        }),
    ])

  private func load(_ verify: String, _ forward: String) -> (NodeLoader.Loaded, [String]) {
    let text = "[chain.mix]\ndecode = [\"onion\"]\nverify = [\(verify)]\nforward = [\"\(forward)\"]"
    return LoaderFixture.load(text, besides: [Self.plugin])
  }

  /// Builds the chain, and says why that fails.
  private func failure(_ verify: String, _ forward: String) throws -> String? {
    let (loaded, mistakes) = load(verify, forward)
    let chain = try #require(loaded.blueprint, "\(mistakes)").chains[0]
    let node = NodeFacts(name: "n", address: Bytes32(), state: "state", directory: NetworkDirectory())
    do throws(BuildError) {
      _ = try LoneChain(chain, node: node, seed: Seed(1), now: .zero, wall: WallTime(ns: 0))
      return nil
    } catch { return error.description }
  }

  @Test func aStageIsGivenWhatOneBeforeItOffers() throws {
    #expect(try failure("\"chooser\"", "chosen") == nil)
    #expect(try failure("", "free") == nil)
    #expect(try failure("\"chooser\"", "free")?.contains("there is one of epoch 7") == true)
    #expect(try failure("\"chooser\", \"picker\"", "chosen")?.contains("two stages of the chain offer") == true)
  }

  @Test func whatNobodyOffersIsAMistake() {
    let (loaded, mistakes) = load("\"replay\"", "chosen")
    #expect(loaded.blueprint == nil)
    #expect(
      mistakes == [
        "plugins.toml:4:12: 'chosen' uses 'peer_chooser', which no stage before it offers; list one of these before it: chooser (verify), picker (verify)"
      ])
  }
}
