import Foundation
import Glibc
import LinuxNet
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// A node process whose memory the system caps.
@Suite struct MemoryCapTests {
  /// Three mixes; the second has room for few packets, keeps each for as long as it may, and is about to be capped.
  private func network() throws -> RealNetwork {
    let network = try RealNetwork(nodes: 3) { $0.extra = "[links]\nlinks_max = 64\n" }
    let tables = ["\n[sphinx_delay]\nmax_ms = 1\n", "\n[sphinx_delay]\nmax_ms = 25_000\n"]
    for number in 0..<2 {
      var text = network.folder.text(network.file(number)) + tables[number]
      if number == 1 {
        text = text.replacing("[next_hop]\n", with: "[next_hop]\nreassembly_bytes_max = 65_536\n")
          .replacing("[pipeline]\n", with: "[pipeline]\npool_size = 256\nbatch_size = 16\n")
        #expect(text.contains("reassembly_bytes_max") && text.contains("pool_size = 256"))
      }
      try network.folder.write(network.file(number), Array(text.utf8))
    }
    return network
  }

  /// What `check` says that a node takes at its start and at most, in bytes.
  private func sizes(of network: RealNetwork, _ number: Int) throws -> (start: Int, most: Int) {
    let check = try Program(["check", network.file(number), "--json"], in: network.folder)
    #expect(check.exitCode() == 0, "\(check.errors)")
    let start = try #require(check.answer?["memory_bytes"]?.int)
    return (start, try #require(check.answer?["memory_bytes_max"]?.int))
  }

  /// Over five hundred packets come at once to a node that has room for 256 and may take what `check` says, and no more.
  @Test("fault 17: a node process under a cap of its memory, flooded")
  func floodedUnderACap() throws {
    let network = try network()
    // The cap is set in whole KiB.
    let cap = (try sizes(of: network, 1).most + 1_023) / 1_024 * 1_024
    let node = try network.start(1, memory: cap)
    #expect(node.errors.isEmpty)
    let atRest = try #require(ProcessUsage.bytes("VmData", pid: node.pid))
    for number in [0, 2] { try network.start(number) }
    let flood = [UInt8](repeating: 7, count: 1_100_000)
    let sending = try network.send(flood, to: "sink", ["--via", "mix-1,mix-2,mix-3", "--delay-ms", "600000"])
    #expect(sending.exitCode() == 0, "\(sending.errors)")
    var chain: JSON?
    func dropped(_ reason: String) -> Int {
      chain?["dropped"]?.list?.filter { $0["reason"]?.text == reason }.compactMap { $0["count"]?.int }.reduce(0, +) ?? 0
    }
    let isFull = eventually {
      chain = try? network.status(1)["chains"]?.list?.first
      return dropped("pool_full") > 100 && (chain?["held"]?.int ?? 0) > 250
    }
    #expect(isFull, "\(chain?.line ?? "no status")")
    // Nobody new comes in.
    let late = try network.send([1], to: "echo", ["--via", "mix-2", "--reply", "--timeout-s", "2"])
    #expect(late.exitCode() == 1)
    #expect(try network.status(1)["links_refused"]?["memory"]?.int ?? 0 > 0)
    // A flood finds its memory taken already.
    #expect((ProcessUsage.bytes("VmData", pid: node.pid) ?? .max) - atRest < 8 << 20)
    // What was let in leaves at its time; then there is room, and all is as before.
    #expect(eventually(within: 120) { (try? network.status(1)["chains"]?.list?.first?["held"]?.int) == 0 })
    let asked = try network.send([1, 2, 3], to: "echo", ["--via", "mix-1,mix-2,mix-3", "--reply", "--json"])
    #expect(asked.exitCode() == 0 && asked.answer?["answer"]?.text == "010203", "\(asked.errors)")
    node.signal(SIGTERM)
    #expect(node.exitCode() == 0, "\(node.errors)")
  }

  /// Less than a node takes at its start: it says so instead of ending somewhere on its way.
  @Test("fault 17: a cap that is too low", arguments: [12, 16, 20, 24, 32])
  func tooLow(megabytes: Int) throws {
    let network = try RealNetwork(nodes: 1) { $0.tagsMax = 1 << 20 }
    let node = try Program(["run", network.file(0)], in: network.folder, memory: megabytes << 20)
    #expect(node.exitCode() == 1)
    #expect(node.output.isEmpty && node.errors.split(separator: "\n").count == 1, "\(node.errors)")
    #expect(node.errors.contains("RLIMIT_DATA leaves it \(megabytes) MiB"), "\(node.errors)")
  }

  /// Enough for the start: it runs, and says what may come.
  @Test("fault 17: a cap below what a node may take", arguments: [1, 16])
  func belowTheMost(workers: Int) throws {
    let network = try RealNetwork(nodes: 2) { $0.workers = workers }
    let (start, most) = try sizes(of: network, 1)
    let cap = (start + most) / 2
    let node = try network.start(1, memory: cap)
    #expect(node.errors.contains("RLIMIT_DATA") && node.errors.contains(Terminal.size(most)), "\(node.errors)")
    node.signal(SIGTERM)
    #expect(node.exitCode() == 0)
  }
}
