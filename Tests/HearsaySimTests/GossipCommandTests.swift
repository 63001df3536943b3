import Testing

@testable import HearsaySim

/// `hearsay-sim gossip`: what it says, and the codes that it ends with.
@Suite struct GossipCommandTests {
  private func run(_ words: String) -> (code: Int32, out: [String], notes: [String]) {
    var (out, notes): ([String], [String]) = ([], [])
    let words = words.split(separator: " ").map(String.init)
    let code = HearsaySimProgram.run(words, program: "", out: { out.append($0) }, note: { notes.append($0) })
    return (code, out, notes)
  }

  @Test(arguments: [
    "--nodes 3", "--nodes x", "--publishers 2000", "--rate 0", "--loss 0.6", "--loss -1", "--loss much", "--crash 1",
    "--latency-ms 10", "--latency-ms 50..10", "--latency-ms 0..5", "--attack dusk", "--attack eclipse --crash 0.5",
    "--attack censor --stall", "--attack eclipse --nodes 5000", "--full", "--gates --nodes 10", "--gate none",
    "--gates --gate loss", "--seed x", "--fast",
  ])
  func wrongWordsEndWithTwo(_ words: String) {
    let (code, out, notes) = run("gossip " + words)
    #expect(code == 2)
    #expect(out.isEmpty)
    #expect(notes.count == 1)
  }

  @Test func anObjectHasEveryField() {
    let words = "gossip --nodes 30 --publishers 3 --messages 30 --rate 30 --seed 4 --json"
    let (code, out, _) = run(words)
    #expect(code == 0)
    #expect(out.count == 1)
    for field in [
      "seed", "nodes", "delivered", "expected", "received", "duplicates", "damaged", "rmr", "rmr_all", "ldh_mean",
      "latency_ms", "p50", "p99", "max", "hash", "tables", "dedup_max", "wall_seconds", "simulated_seconds",
      "memory_mib",
    ] { #expect(out[0].contains("\"\(field)\":"), "\(field)") }
    #expect(out[0].contains("\"delivered\":1.0,\"expected\":870,\"received\":870,\"duplicates\":0"))
  }

  @Test func peopleGetATable() {
    let (code, out, _) = run("gossip --nodes 30 --messages 20 --crash 0.5 --latency-ms 1..2")
    #expect(code == 0)
    #expect(out.joined().contains("delivered      1.0: 140 of 140"))
    #expect(out.joined().contains("views whole after"))
  }

  @Test func aGateSaysWhatItReached() {
    let (code, out, _) = run("gossip --gate one-sender")
    #expect(code == 0)
    #expect(out.joined().contains("pass  rmr"))
    #expect(!out.joined().contains("FAIL"))
  }
}
