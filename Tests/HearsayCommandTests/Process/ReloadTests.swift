import Foundation
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// SIGHUP reads the configuration again, and a broken one changes nothing.
@Suite struct ReloadTests {
  private func rewrite(_ network: RealNetwork, _ number: Int, _ change: (String) -> String) throws {
    let file = network.file(number)
    try network.folder.write(file, Array(change(network.folder.text(file)).utf8))
  }

  private func reload(_ node: Program, until words: String) throws {
    node.signal(SIGHUP)
    try #require(eventually { node.errors.contains(words) }, "\(node.errors)")
  }

  private func works(_ network: RealNetwork) throws {
    let sent = try network.send(Array("hello".utf8), to: "echo", ["--reply"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    #expect(sent.output == "hello")
  }

  @Test("fault 37: SIGHUP with other limits")
  func limitsAreTakenOver() throws {
    let network = try RealNetwork(nodes: 2, isPatient: false)
    try network.startAll()
    let node = network.nodes[0]
    try rewrite(network, 0) {
      $0 + "\n[links]\nping_interval_ms = 400\nread_frames_per_s = 1_000\n[log]\nlevel = \"debug\"\n"
    }
    try reload(node, until: "is read again; the network has 2 nodes")
    #expect(node.errors.contains("changed: links.ping_interval_ms: 1000 -> 400"), "\(node.errors)")
    // It says more now, and works.
    try works(network)
    try #require(eventually { node.errors.contains("is up") }, "\(node.errors)")
    // The same file again changes nothing.
    let before = node.errors
    node.signal(SIGHUP)
    #expect(eventually { node.errors.dropFirst(before.count).contains("is read again") })
    #expect(!node.errors.dropFirst(before.count).contains("changed:"))
    node.signal(SIGTERM)
    #expect(node.exitCode() == 0)
  }

  @Test(
    "fault 37: SIGHUP with a broken configuration",
    arguments: [
      ("[links\n", "not TOML"), ("\n[links]\nping_interval_ms = \"soon\"\n", "'ping_interval_ms' must be"),
      ("\n[pipeline]\nbatch_size = 3\n", "pipeline.batch_size: 128 -> 3"),
      ("\n[links]\nlinks_max = 99\n", "links.links_max: 1024 -> 99"),
    ])
  func whatCannotBeTakenOverChangesNothing(_ extra: String, _ words: String) throws {
    let network = try RealNetwork(nodes: 1, isPatient: false) { $0.workers = nil }
    try network.startAll()
    try rewrite(network, 0) { $0 + extra }
    try reload(network.nodes[0], until: "the node goes on as it was")
    #expect(network.nodes[0].errors.contains(words), "\(network.nodes[0].errors)")
    try works(network)
  }

  /// A node moves to another place: those that read the network file again find it there.
  @Test("fault 37: SIGHUP with another network file")
  func theNetworkIsReadAgain() throws {
    let network = try RealNetwork(nodes: 2, isPatient: false)
    try network.startAll()
    try works(network)
    let old = try #require(network.directory.nodes[1].listens("mix"))
    let new = try #require(try RealNetwork(nodes: 1).directory.nodes[0].listens("mix"))
    network.nodes[1].signal(SIGTERM)
    #expect(network.nodes[1].exitCode() == 0)
    for file in [network.file(1), "net/network.json"] {
      let text = network.folder.text(file).replacingOccurrences(of: "\(old)\"", with: "\(new)\"")
      try network.folder.write(file, Array(text.utf8))
    }
    try network.start(1)
    try reload(network.nodes[0], until: "is read again")
    try works(network)
    let status = try network.status(0)
    let targets = status["links"]?.list?.compactMap { $0["address"]?.text } ?? []
    #expect(targets.contains(new.description) && !targets.contains(old.description), "\(targets)")
  }

  @Test("fault 37: SIGHUP without a file")
  func aFileThatIsGoneChangesNothing() throws {
    let network = try RealNetwork(nodes: 1, isPatient: false)
    try network.startAll()
    try FileManager.default.removeItem(atPath: network.folder.path + "/" + network.file(0))
    try reload(network.nodes[0], until: "the node goes on as it was")
    try works(network)
  }
}
