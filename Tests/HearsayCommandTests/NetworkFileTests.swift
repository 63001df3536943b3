import MixHost
import MixNet
import Sphinx
import Testing

@testable import HearsayCommand

@Suite struct NetworkFileTests {
  private func mistake(_ nodes: String) throws -> String {
    let folder = try Folder()
    try folder.write("network.json", Array(#"{"nodes":[\#(nodes)]}"#.utf8))
    guard case .failure(let error) = NetworkFile.read(folder.path + "/network.json") else { return "" }
    return error.description
  }

  @Test func whatIsWrittenIsRead() throws {
    let network = try RealNetwork(nodes: 4)
    guard case .success(let read) = NetworkFile.read(network.folder.path + "/net/network.json") else {
      return #expect(Bool(false), "unreadable")
    }
    #expect(read.payloadSize == SphinxSize.regular.payload && read.layers == 3)
    #expect(read.nodes.map(\.name) == ["mix-1", "mix-2", "mix-3", "mix-4"])
    #expect(NetworkFile.text(read) == NetworkFile.text(network.directory))
  }

  @Test(arguments: ["9223372036854775807", "256", "-1", "1.5", "\"0\""]) func layersAreBounded(layer: String) throws {
    #expect(try mistake(#"{"name":"a","layer":\#(layer)}"#).contains("'layer' must be a whole number in 0...255"))
  }

  @Test func anotherPayloadSizeThanTheNetworksIsAMistake() throws {
    let network = try RealNetwork(nodes: 1) { $0.extra = "[sphinx]\npayload_size = 1024\n" }
    let check = try Program(["check", network.file(0)], in: network.folder)
    #expect(check.exitCode() == 2)
    #expect(check.errors.contains("'payload_size' is 1024, but the network file says 2065"), "\(check.errors)")
  }

  @Test func aMailboxCanBeTurnedOff() throws {
    let network = try RealNetwork(nodes: 1) { $0.extra = "[mailbox]\nfile = \"\"\n" }
    try network.start(0)
    #expect(!network.folder.names(in: "net/mix-1/state").contains { $0.hasPrefix("mailbox") })
  }

  /// What the choice of peers goes by: a capacity of each node, 1 where nothing is said, and the network's salt.
  @Test func capacityAndSaltAreReadAndWritten() throws {
    func node(_ more: String) -> String {
      #"{"name":"a","layer":0,"address":"\#(Bytes32([1]))","keys":[]\#(more)}"#
    }
    let salt = Bytes32([7])
    let text =
      #"{"salt":"\#(salt)","nodes":[\#(node("")),\#(node(#","capacity":0"#)),\#(node(#","capacity":1000000"#))]}"#
    guard case .success(let read) = NetworkFile.parse(Array(text.utf8), path: "n") else {
      return #expect(Bool(false), "unreadable")
    }
    #expect(read.salt == salt && read.nodes.map(\.capacity) == [1, 0, 1_000_000])
    guard case .success(let again) = NetworkFile.parse(Array(NetworkFile.text(read).utf8), path: "n") else {
      return #expect(Bool(false), "unreadable")
    }
    #expect(again.salt == salt && again.nodes.map(\.capacity) == [1, 0, 1_000_000])
    for wrong in ["-1", "1000001", "0.5", "\"1\"", "null"] {
      #expect(try mistake(node(",\"capacity\":\(wrong)")).contains("'capacity' must be a whole number in 0...1000000"))
    }
    guard case .failure(let error) = NetworkFile.parse(Array(#"{"salt":"12","nodes":[]}"#.utf8), path: "n") else {
      return #expect(Bool(false), "a salt of one byte")
    }
    #expect(error.description == "n: 'salt' must be 64 hex digits")
  }
}
