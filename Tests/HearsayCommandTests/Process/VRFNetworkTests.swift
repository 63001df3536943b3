import MixNet
import OrderedJSON
import Testing
import VRFDelay

@testable import HearsayCommand

/// `vrf_delay` in real processes: the key of a new network, the demo, and what a node publishes.
@Suite struct VRFNetworkTests {
  @Test func theDemoAuditsItsNodes() throws {
    let demo = try Program(
      ["demo", "--messages", "200", "--features", "sphinx,vrf_delay", "--json"], in: try Folder())
    #expect(demo.exitCode() == 0, "\(demo.errors)")
    let answer = try #require(demo.answer)
    #expect(answer["verified"]?.int == 200 && answer["lost"]?.int == 0 && answer["dropped"]?.int == 0)
    let audit = try #require(answer["audit"])
    #expect(audit["dishonest"]?.int == 0 && audit["unproven"]?.int == 0)
    #expect((audit["honest"]?.int ?? 0) + (audit["undecided"]?.int ?? 0) == 200)
    #expect((audit["honest"]?.int ?? 0) > 150)
  }

  @Test func theFeatureNeedsSphinx() throws {
    let demo = try Program(["demo", "--features", "vrf_delay"], in: try Folder())
    #expect(demo.exitCode() == 2)
    #expect(demo.errors.contains("the feature 'vrf_delay' needs 'sphinx'"))
    let delay = try Program(["demo", "--features", "sphinx,vrf-delay"], in: try Folder())
    #expect(delay.exitCode() == 2)
    #expect(delay.errors.contains("did you mean 'vrf_delay'?"))
  }

  /// Every node of a mix network has a key for proofs, whose public half is known, whether its chain uses it or not.
  @Test func aNewNetworkHasKeys() throws {
    let network = try RealNetwork(nodes: 3)
    for node in network.directory.nodes {
      #expect(node.keys.map(\.purpose) == ["sphinx", "vrf"])
      let key = try #require(node.keys.last)
      #expect(VRFPublicKey(key.bytes) != nil)
      let line = network.folder.text("net/\(node.name)/state/vrf.key")
      #expect(line.utf8.count == 65)
      let proved = answer(.prove, #"{"secret_key":"\#(line.dropLast())","alpha":""}"#)
      #expect(JSON(Array(proved.utf8))?["public_key"]?.text == key.bytes.description)
    }
    #expect(Set(network.directory.nodes.flatMap(\.keys).map(\.bytes)).count == 6)
  }

  /// What a node writes into its file is what `hearsay vrf audit` reads, packets added.
  @Test func aNodesLineCanBeAudited() throws {
    let network = try RealNetwork(nodes: 1, [.sphinx, .vrfDelay]) {
      $0.extra = "[vrf_delay]\nepoch_s = 1\nmax_ms = 100\nlaw = \"uniform\"\n"
    }
    let node = try network.start(0)
    let file = "net/mix-1/state/proofs"
    try #require(eventually { network.folder.text(file).split(separator: "\n").count >= 2 })
    // The disk is faster than the news of what it has done.
    var fields = JSON.null
    let isTold = eventually {
      fields = (try? network.status(0))?["chains"]?.list?.first?["stages"]?["vrf_delay"] ?? .null
      return (fields["proofs_published"]?.int ?? 0) >= 2
    }
    #expect(isTold && fields["proofs_failed"]?.int == 0)
    let key = try #require(network.directory.nodes[0].keys.last).bytes.description
    #expect(fields["public_key"]?.text == key)
    var epochs: [UInt64] = []
    for line in network.folder.text(file).split(separator: "\n") {
      let json = try #require(JSON(Array(line.utf8)))
      #expect(json["public_key"]?.text == key)
      epochs.append(try #require(json["epoch"]?.uint))
      let asked = line.dropLast() + #","tolerance_ms":5,"packets":[]}"#
      #expect(
        answer(.audit, String(asked))
          == #"{"valid":true,"honest":0,"dishonest":0,"not_judged":0,"delays":[]}"#)
    }
    #expect(zip(epochs, epochs.dropFirst()).allSatisfy(<))
    #expect(fields["epoch"]?.uint.map { $0 > (epochs.first ?? .max) } == true)
    node.signal(15)
    #expect(node.exitCode() == 0)
    #expect(network.folder.text("net/mix-1/state/vrf_delay.mix").hasPrefix("1 "))
  }
}
