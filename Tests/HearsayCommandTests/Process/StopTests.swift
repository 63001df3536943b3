import Foundation
import OrderedJSON
import Testing

@testable import HearsayCommand

/// How a node process stops.
@Suite struct StopTests {
  /// A network of two nodes: the first holds twelve packets, the last stores what it gets as files. The last hop delays
  /// nothing.
  private func holding(delayMS: Int, _ pipeline: String = "") throws -> RealNetwork {
    let network = try RealNetwork(nodes: 2) { plan in
      plan.workers = nil
      plan.extra = "[pipeline]\nworkers = 1\n\(pipeline)\n"
    }
    try network.startAll()
    // The delay is drawn between nothing and twice its mean: of twelve packets some are long.
    for number in 0..<12 {
      let sent = try network.send([UInt8(number)], to: "inbox", ["--delay-ms", "\(delayMS)"])
      try #require(sent.exitCode() == 0, "\(sent.errors)")
    }
    try #require(eventually { (try? self.received(network)) == 12 })
    return network
  }

  private func received(_ network: RealNetwork) throws -> Int {
    try network.status(0)["chains"]?.list?.first?["counters"]?["received"]?.int ?? 0
  }

  /// True when the last node has stored all packets, within the time that one needs from node to node.
  private func allArrive(_ network: RealNetwork) -> Bool { eventually(within: 20) { stored(network) == 12 } }
  private func stored(_ network: RealNetwork) -> Int { network.folder.names(in: "net/mix-2/state/inbox").count }

  @Test func whatIsHeldLeavesAtItsTime() throws {
    let network = try holding(delayMS: 700)
    network.nodes[0].signal(SIGTERM)
    #expect(network.nodes[0].exitCode() == 0)
    #expect(allArrive(network))
  }

  @Test func whatIsHeldLeavesAtOnce() throws {
    let network = try holding(delayMS: 30_000, #"drain = "now""#)
    #expect(stored(network) < 12)
    network.nodes[0].signal(SIGINT)
    #expect(network.nodes[0].exitCode(within: 20) == 0)
    #expect(allArrive(network))
  }

  /// What would leave after the bound leaves shortly before it.
  @Test func theDrainHasAnEnd() throws {
    // The last fifth is for what leaves: a second, in which a busy machine opens a link, too.
    let network = try holding(delayMS: 30_000, "drain_max_ms = 5000")
    network.nodes[0].signal(SIGTERM)
    #expect(network.nodes[0].exitCode(within: 20) == 0)
    #expect(allArrive(network))
  }

  /// A shell starts a node and is ended by force: nobody is left who would end the node.
  @Test func itEndsWithItsParent() throws {
    let network = try RealNetwork(nodes: 1)
    let node = "'\(Program.built.path)' run \(network.file(0)) --json --with-parent $$"
    let shell = try Program(
      program: "/bin/sh", ["-c", "\(node) > ready & echo $! > pid; wait"], in: network.folder)
    try #require(eventually { network.folder.text("ready").contains("ready") }, "\(shell.errors)")
    let pid = try #require(Int32(network.folder.text("pid").filter(\.isNumber)))
    #expect(kill(pid, 0) == 0)
    shell.signal(SIGKILL)
    #expect(eventually { kill(pid, 0) != 0 })
  }

  /// It falls silent for its peers, who let go of it; when it goes on, it serves as before.
  @Test("fault 37: SIGSTOP, and later SIGCONT")
  func aProcessThatStandsStill() throws {
    let network = try RealNetwork(nodes: 2)
    try network.startAll()
    let sent = try network.send([1], to: "echo", ["--reply"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    func hasLink(_ state: String) -> Bool {
      let links = (try? network.status(0))?["links"]?.list ?? []
      return links.contains { $0["kind"]?.text == "peer" && $0["state"]?.text == state }
    }
    #expect(eventually { hasLink("up") })
    network.nodes[1].signal(SIGSTOP)
    #expect(eventually { !hasLink("up") })
    network.nodes[1].signal(SIGCONT)
    let again = try network.send([2], to: "echo", ["--reply"])
    #expect(again.exitCode() == 0, "\(again.errors)")
    #expect(network.nodes[1].isRunning)
  }

  @Test("fault 37: SIGTERM twice")
  func aSecondSignalStopsAtOnce() throws {
    let network = try holding(delayMS: 30_000, "drain_max_ms = 60000")
    network.nodes[0].signal(SIGTERM)
    #expect(eventually { network.nodes[0].errors.contains("what is held leaves first") })
    usleep(300_000)
    #expect(network.nodes[0].isRunning)
    network.nodes[0].signal(SIGTERM)
    #expect(network.nodes[0].exitCode(within: 20) == 0)
  }
}
