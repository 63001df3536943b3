import LinuxNet
import MixNet
import OrderedJSON

/// Whom the nodes of a demo have chosen: read where they publish it.
enum DemoPeers {
  /// What the nodes' files have: nodes that start one after another find each other soon, since links to those that are not there
  /// yet are tried again and again.
  static let tables = "[links]\nreconnect_max_ms = 500\nbreaker_failures = 0\n"
  /// How long the nodes have for their first lines and links.
  private static let patienceMS: UInt32 = 20_000

  /// The lines of all nodes, whose folders are in `folder`, once all have the links to those whom they chose.
  static func lines(
    _ directory: NetworkDirectory, in folder: String, _ nodes: DemoNodes
  ) throws(CommandError) -> PeerLines {
    let paths = directory.nodes.map { "\(folder)/\($0.name)/state/peers.mix" }
    var failure = "the nodes have not said whom they chose"
    for _ in 0..<patienceMS / 50 {
      do throws(PeerLines.Mistake) {
        let lines = try PeerLines(paths, directory, at: SystemClock().wall)
        if lines.known == directory.nodes.count, areLinked(nodes.statuses(), lines.known) { return lines }
        failure = "the nodes have no links to those whom they chose"
      } catch { failure = error.sentence }
      sleepMS(50)
    }
    throw CommandError(failure)
  }

  private static func areLinked(_ statuses: [(name: String, status: JSON)], _ count: Int) -> Bool {
    statuses.count == count
      && statuses.allSatisfy { status in
        let stage = status.status["chains"]?.list?.first?["stages"]?["vrf_peers"]
        return stage?["links"]?.int.map { $0 == stage?["links_up"]?.int } ?? false
      }
  }
}
