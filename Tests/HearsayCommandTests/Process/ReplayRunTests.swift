import Glibc
import OrderedJSON
import Testing

@testable import HearsayCommand

/// What becomes of the packets seen when a node process ends.
@Suite struct ReplayRunTests {
  private func send(_ network: RealNetwork) throws {
    let sent = try network.send([1, 2, 3], to: "echo", ["--reply"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
  }

  private func tags(_ network: RealNetwork) throws -> Int {
    let line = try network.status(0).line
    return try #require(line.firstMatch(of: /"tags":([0-9]+)/).flatMap { Int($0.1) })
  }

  @Test("fault 19: a node process that is killed does not start again under its key") func killed() throws {
    let network = try RealNetwork(nodes: 1)
    let node = try network.start(0)
    try send(network)
    node.signal(SIGKILL)
    _ = node.exitCode()
    let again = try Program(["run", network.file(0), "--json"], in: network.folder)
    #expect(again.exitCode(within: 30) == 1)
    let told = again.errors
    #expect(
      told.contains("was not stopped in good order") && told.contains("retired") && told.contains("new key"), "\(told)")
    // Its file as such is right.
    #expect(try Program(["check", network.file(0)], in: network.folder).exitCode(within: 30) == 0)
  }

  @Test func stoppedInGoodOrderItKnowsItsPackets() throws {
    let network = try RealNetwork(nodes: 1)
    var before = 0
    for _ in 0..<3 {
      let node = try network.start(0)
      #expect(try tags(network) == before)
      try send(network)
      before = try tags(network)
      #expect(before > 0)
      node.signal(SIGTERM)
      #expect(node.exitCode() == 0)
    }
  }

  @Test("fault 19: a node process that is killed knows its packets") func killedWithTagsOnTheDisk() throws {
    let network = try RealNetwork(nodes: 1) { $0.isDurable = true }
    var before = 0
    for _ in 0..<3 {
      let node = try network.start(0)
      #expect(try tags(network) >= before)
      try send(network)
      before = try tags(network)
      #expect(before > 0)
      node.signal(SIGKILL)
      _ = node.exitCode()
    }
  }
}
