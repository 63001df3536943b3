import MixHostTesting
import MixNet
import Relay
import Testing

@testable import MixHost
@testable import Reputation

/// What the operator writes.
struct ConfigTests {
  private func load(_ chain: String, _ tables: String = "") -> (NodeLoader.Loaded, [String]) {
    let file = ConfigFile(
      text: "[node]\nname = \"n\"\n[chain.mix]\ndecode = [\"letter\"]\nforward = [\"desk\"]\n\(chain)\n\(tables)")
    let loader = NodeLoader(
      registry: Registry([.letters(Letters()), .relay, .reputation]), files: MemoryFiles(),
      wall: StageConformance.wall, base: ".", directory: { _ in .success(NetworkDirectory(nodes: [])) })
    return (loader.load(file), file.mistakes.map(\.description))
  }

  @Test func oneNameStandsInTwoPlaces() throws {
    let (loaded, mistakes) = load("verify = [\"reputation\"]\nobserve = [\"reputation\"]")
    #expect(mistakes == [])
    #expect(loaded.blueprint?.plans.first?.stageNames == ["letter", "reputation", "desk", "reputation"])
    #expect(load("verify = [\"reputation\"]").1 == [])
    let (_, twice) = load("verify = [\"reputation\", \"reputation\"]")
    #expect(twice.count == 1 && twice[0].contains("is listed twice"))
  }

  @Test func whoLearnsNeedsABook() {
    let (_, mistakes) = load("observe = [\"reputation\"]")
    #expect(
      mistakes == [
        "plugins.toml:6:12: 'reputation' uses 'score_book', which no stage before it offers; list one of these before it: reputation (verify)"
      ])
  }

  @Test func inOtherPlacesItIsAMistake() {
    let (_, mistakes) = load("mix = [\"reputation\"]")
    #expect(mistakes == ["plugins.toml:6:8: 'reputation' is a verify stage; mix takes: no stage of this binary"])
  }

  /// One switch for both, said once.
  @Test func oneSwitchTurnsBothOff() {
    let (loaded, mistakes) = load(
      "verify = [\"reputation\"]\nobserve = [\"reputation\"]", "[reputation]\nenabled = false")
    #expect(mistakes == [] && loaded.blueprint?.plans.first?.stageNames == ["letter", "desk"])
    #expect(loaded.notes == ["chain 'mix': 'reputation' is off ([reputation] enabled = false)"])
  }

  @Test func wrongValuesAreMistakes() {
    let (_, mistakes) = load(
      "verify = [\"reputation\"]\nobserve = [\"reputation\"]",
      "[reputation]\npreset = \"strict\"\nrecords_max = 1\nkept_s = 0\nrefused = true")
    #expect(mistakes.count == 4, "\(mistakes)")
  }
}
