import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand
@testable import VRFDelay

/// `hearsay vrf peers` on what a real node has published, and a configuration that `hearsay check` accepts.
@Suite struct VRFPeersTests {
  private func answer(_ line: String) throws -> (json: JSON, exitCode: Int32) {
    var tool = VRFTool(.peers)
    let answer = tool.answer(Array(line.utf8))
    return (try #require(JSON(Array(answer.utf8))), tool.exitCode)
  }

  @Test func whatANodePublishesCanBeChecked() throws {
    let network = try RealNetwork(nodes: 6) {
      $0.extra = "[vrf_peers]\npeers = 1\nepoch_s = 43_200\n"
      $0.verify = ["vrf_peers", "replay"]
    }
    let check = try Program(["check", network.file(0)], in: network.folder)
    #expect(check.exitCode() == 0, "\(check.errors)")
    try network.start(0)
    let file = "net/mix-1/state/peers.mix"
    try #require(eventually { network.folder.text(file).hasSuffix("}\n") })
    let line = String(network.folder.text(file).dropLast(2))
    let path = network.folder.path + "/net/network.json"
    let (json, code) = try answer(line + #","network":"\#(path)"}"#)
    #expect(json["valid"]?.bool == true && json["refusal"]?.text == nil && code == 0)
    let peers = try #require(json["peers"]?.list).compactMap(\.text)
    #expect(json["node"]?.text == "mix-1" && peers.count == 1 && Set(["mix-2", "mix-5"]).isSuperset(of: peers))
    let fields = try network.status(0)["chains"]?.list?.first?["stages"]?["vrf_peers"]
    #expect(fields?["peers"]?.text == peers.first)
    // Of another epoch, by other rules, or by another's key, it is none.
    for (from, to, refusal) in [
      ("\"peers\":1", "\"peers\":2", "bad_proof"), ("\"list\":\"", "\"list\":\"00", "error"),
      ("\"among\":\"next_layer\"", "\"among\":\"all\"", "bad_proof"),
      (
        "\"node\":\"" + network.directory.nodes[0].address.description,
        "\"node\":\"" + network.directory.nodes[3].address.description, "bad_proof"
      ),
      (
        "\"node\":\"" + network.directory.nodes[0].address.description, "\"node\":\"" + Bytes32([1]).description,
        "not_listed"
      ),
    ] {
      let other = line.replacing(from, with: to)
      let (json, code) = try answer(other + #","network":"\#(path)"}"#)
      if refusal == "error" {
        #expect(json["error"] != nil && code == 2)
      } else {
        #expect(json["refusal"]?.text == refusal && json["valid"]?.bool == false && code == 1)
      }
    }
    #expect(try answer(line + "}").json["error"]?.text == "'network' is missing; it must be the network file's path")
    #expect(try answer(line + #","network":"nowhere"}"#).exitCode == 2)
  }

  /// Mixes send to whom they chose, and to nobody else: a sender that goes by what they publish is served, one that does not is not.
  @Test func routesFollowTheChoices() throws {
    let network = try RealNetwork(nodes: 6) {
      $0.extra = "[vrf_peers]\npeers = 1\nepoch_s = 43_200\n"
      $0.verify = ["vrf_peers", "replay"]
    }
    try network.startAll()
    let path = network.folder.path + "/net/network.json"
    func next(_ name: String) throws -> String {
      let file = "net/\(name)/state/peers.mix"
      try #require(eventually { network.folder.text(file).hasSuffix("}\n") })
      let line = network.folder.text(file).dropLast(2) + #","network":"\#(path)"}"#
      return try #require(answer(String(line)).json["peers"]?.list?.first?.text)
    }
    let middle = try next("mix-1")
    let last = try next(middle)
    let other = middle == "mix-2" ? "mix-5" : "mix-2"
    let wrong = try network.send([2], to: "inbox@\(last)", ["--via", "mix-1,\(other),\(last)"])
    #expect(wrong.exitCode() == 0, "\(wrong.errors)")
    let isDropped = eventually { (try? network.status(0))?.line.contains(#""reason":"bad_route","count":1"#) == true }
    #expect(isDropped)
    let right = try network.send([1, 2, 3], to: "inbox@\(last)", ["--via", "mix-1,\(middle),\(last)"])
    #expect(right.exitCode() == 0, "\(right.errors)")
    let inbox = "net/\(last)/state/inbox"
    try #require(eventually { !network.folder.names(in: inbox).isEmpty })
    #expect(network.folder.names(in: inbox).map { network.folder.bytes("\(inbox)/\($0)") } == [[1, 2, 3]])
  }
}
