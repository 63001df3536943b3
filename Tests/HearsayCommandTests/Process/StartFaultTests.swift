import Foundation
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// A node that cannot start says so in one sentence, and leaves nothing behind.
@Suite struct StartFaultTests {
  private func failure(of network: RealNetwork) throws -> String {
    let node = try Program(["run", network.file(0)], in: network.folder)
    #expect(node.exitCode() == 1)
    #expect(node.output.isEmpty)
    #expect(node.errors.split(separator: "\n").count == 1, "\(node.errors)")
    return node.errors
  }

  @Test func aPortInUse() throws {
    let network = try RealNetwork(nodes: 1)
    // The same ports in another folder: only the port can be in the way.
    try FileManager.default.copyItem(
      atPath: network.folder.path + "/net/mix-1", toPath: network.folder.path + "/net/other")
    let first = try network.start(0)
    let second = try Program(["run", "net/other/plugins.toml"], in: network.folder)
    #expect(second.exitCode() == 1)
    let port = network.directory.nodes[0].listens("mix")?.description ?? ""
    #expect(second.errors.contains(port) && second.errors.contains("in use"), "\(second.errors)")
    #expect(first.isRunning && network.nodes.count == 1)
    #expect(try network.status(0)["state"]?.text == "running")
  }

  @Test func aStateFolderThatIsNone() throws {
    let network = try RealNetwork(nodes: 2, [])
    let state = network.folder.path + "/net/relay-1/state"
    try FileManager.default.removeItem(atPath: state)
    try network.folder.write("net/relay-1/state", [])
    #expect(try failure(of: network).contains("net/relay-1/state"))
  }

  @Test func aMailboxThatIsNone() throws {
    let network = try RealNetwork(nodes: 1)
    try network.folder.write("net/mix-1/state/mailbox.db", Array("not a database, and long enough".utf8))
    #expect(try failure(of: network).contains("mailbox.db"))
  }

  @Test(arguments: [0o644, 0o640, 0o604]) func aKeyThatOthersMayRead(mode: Int) throws {
    let network = try RealNetwork(nodes: 1)
    let key = network.folder.path + "/net/mix-1/state/sphinx.key"
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
    let node = try Program(["run", network.file(0)], in: network.folder)
    #expect(node.exitCode() == 2)
    #expect(node.errors.contains("sphinx.key") && node.errors.contains("set it to 600"), "\(node.errors)")
  }

  @Test func aFileThatIsNotThere() throws {
    let folder = try Folder()
    for word in ["run", "check"] {
      let program = try Program([word, "no-such.toml", "--json"], in: folder)
      #expect(program.exitCode() == 2)
      #expect(program.errors.contains("no-such.toml"), "\(program.errors)")
      #expect(program.answer?["ok"]?.bool == false)
    }
  }

  @Test func wrongWordsAsJSON() throws {
    let program = try Program(["check", "--jsno", "--json"], in: try Folder())
    #expect(program.exitCode() == 2)
    #expect(program.answer?["error"]?.text?.contains("--jsno") == true, "\(program.output)")
  }

  @Test func mistakesInTheFile() throws {
    let network = try RealNetwork(nodes: 1) { $0.extra = "[pipeline]\nworkers = 0\n[chian.x]\n" }
    for word in ["run", "check"] {
      let node = try Program([word, network.file(0)], in: network.folder)
      #expect(node.exitCode() == 2 && node.errors.contains("plugins.toml:"), "\(node.errors)")
    }
  }
}
