import Foundation
import MixNet
import Testing

@testable import HearsayCommand

/// The client in Python that docs/gossip.md prints, as it stands there.
@Suite struct DocumentedClientTests {
  private static let python = "/usr/bin/python3"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python)))
  func theClientOfTheDocumentsWorks() throws {
    let text = try String(
      contentsOf: DocumentedKeysTests.root.appending(path: "docs/gossip.md"), encoding: .utf8)
    let blocks = text.components(separatedBy: "```python\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(blocks.count == 2)
    let cluster = try GossipCluster(nodes: 2)
    let door = cluster.plan[0].door.description.dropFirst("unix:".count)
    let program = blocks.joined(separator: "\n").replacing("state/door.sock", with: door)
    try cluster.folder.write("client.py", Array(program.utf8))
    let client = try Program(program: Self.python, ["client.py"], in: cluster.folder)
    #expect(client.exitCode() == 0, "\(client.errors)")
    #expect(client.output == "b'news' b'hello'\n")
  }
}
