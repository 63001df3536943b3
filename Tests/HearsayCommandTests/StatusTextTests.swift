import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand
@testable import MixHost

/// What `hearsay status` says of a node, as JSON and for a person.
@Suite struct StatusTextTests {
  private func status(
    refused: [(reason: String, count: Int)] = [], closed: [(reason: String, count: Int)] = []
  ) -> NodeStatus {
    NodeStatus(
      name: "mix-1", address: Bytes32([1]), isStopping: false, workers: 1, chains: [], links: [], clients: 0,
      linksRefused: refused, linksClosed: closed, acceptsExhausted: 0, memory: 1 << 20)
  }

  @Test func closesAreShownByTheirReasons() {
    let json = status(closed: [("ended", 2), ("truncated", 3)]).json(uptimeMS: 1_000, targetThroughput: 0)
    let closed = json["links_closed"]
    #expect(closed?["truncated"]?.int == 3 && closed?["ended"]?.int == 2 && closed?.fields?.count == 2)
    let text = StatusTable(json).text
    #expect(text.contains("connections that ended or failed: 2 ended, 3 truncated"), "\(text)")
    #expect(!text.contains("not let in"))
  }

  @Test func whatHasNotHappenedIsNotShown() {
    let json = status(refused: [("rate", 4)]).json(uptimeMS: 1_000, targetThroughput: 0)
    #expect(json["links_closed"]?.fields?.isEmpty == true)
    let text = StatusTable(json).text
    #expect(text.contains("connections not let in: 4 by rate") && !text.contains("connections that ended"))
  }
}
