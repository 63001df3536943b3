import Glibc
import MixNet
import OrderedJSON
import Sphinx
import Testing

@testable import HearsayCommand

/// What multiplies a node's points: chosen by configuration, shown by `hearsay status` and `hearsay stages`.
@Suite struct LaneRunTests {
  @Test(arguments: ["auto", "libsodium"])
  func everyChoiceCarriesPackets(_ choice: String) throws {
    let network = try RealNetwork(nodes: 2) { $0.extra = "[sphinx]\nx25519 = \"\(choice)\"\n" }
    try network.startAll()
    // More than one packet, so that lanes have something to do.
    let message = (0..<60_000).map { _ in UInt8.random(in: 0...255) }
    let sent = try network.send(message, to: "echo", ["--reply", "--json"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    #expect(sent.answer?["answer"]?.text == Hex.text(message))
    let due = choice == "auto" ? X25519Choice.quickest.name : choice
    for number in 0..<2 {
      let stages = try network.status(number)["chains"]?.list?.first?["stages"]
      #expect(stages?["sphinx"]?["x25519"]?.text == due)
    }
    for node in network.nodes {
      node.signal(SIGTERM)
      #expect(node.exitCode() == 0)
    }
  }

  @Test func stagesSayWhatIsHere() throws {
    let stages = try Program(["stages"], in: try Folder())
    #expect(stages.exitCode() == 0)
    #expect(stages.output.contains("here x25519 = \"auto\" is \(X25519Choice.quickest.name)"))
  }

  /// Lanes that cannot be had are a mistake in the file, with what to write instead; where they can, there is none.
  @Test func lanesThatAreAskedForAreThereOrSaidToBeMissing() throws {
    let network = try RealNetwork(nodes: 2) { $0.extra = "[sphinx]\nx25519 = \"crypto_mb\"\n" }
    let check = try Program(["check", network.file(0)], in: network.folder)
    let hasLanes = X25519Choice.quickest.name == "crypto_mb"
    #expect(check.exitCode() == (hasLanes ? 0 : 2))
    #expect(check.errors.contains("'x25519' is \"crypto_mb\", but") == !hasLanes)
  }
}
