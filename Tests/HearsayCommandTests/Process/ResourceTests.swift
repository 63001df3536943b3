import Foundation
import LinuxNet
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// What a node takes of the machine.
@Suite struct ResourceTests {
  /// Resident memory is what `check` sums: within a fifth at the start, and no more than a fifth over its bound after work.
  @Test("fault 17: the memory of a node process", arguments: [1, 4], [nil, 1 << 14] as [Int?])
  func memoryIsWhatCheckSays(workers: Int, tagsMax: Int?) throws {
    let network = try RealNetwork(nodes: 1) { plan in
      plan.tagsMax = tagsMax
      plan.workers = workers
    }
    let check = try Program(["check", network.file(0), "--json"], in: network.folder)
    #expect(check.exitCode() == 0)
    let start = try #require(check.answer?["memory_bytes"]?.int)
    let most = try #require(check.answer?["memory_bytes_max"]?.int)
    let node = try network.start(0)
    var resident = (node.kernelNumber("VmRSS") ?? 0) * 1_024
    #expect(abs(resident - start) * 5 <= start, "\(resident) of \(start)")
    let sent = try network.send([UInt8](repeating: 7, count: 2_000_000), to: "inbox", ["--reply"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    resident = (node.kernelNumber("VmRSS") ?? 0) * 1_024
    #expect(resident * 5 >= start * 4 && resident * 5 <= most * 6, "\(resident) of \(start) to \(most)")
  }

  /// More connections than the shell lets its programs have, but not more than the system does.
  @Test("fault 16: a node process under a shell's limit of descriptors")
  func descriptorsAreRaised() throws {
    let network = try RealNetwork(nodes: 1) { $0.extra = "[links]\nhandshake_timeout_ms = 600_000\n" }
    let node = try network.start(0, descriptors: 40, raises: true)
    let loop = try ClientLoop()
    let clients = try #require(network.directory.nodes[0].clients)
    let crowd = try (0..<60).map { _ in try loop.network.connect(clients) }
    #expect(eventually { node.descriptors > 60 }, "\(node.descriptors) descriptors")
    let sent = try network.send([1, 2, 3], to: "echo", ["--reply"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    for connection in crowd { loop.network.close(connection, abort: true) }
  }

  /// More connections than the process has descriptors: those that find none are turned away at once, it does not spin, and
  /// serves again when the others are gone.
  @Test("fault 16: a node process whose descriptors are used up")
  func descriptorsUsedUp() throws {
    // Nobody of the crowd attaches, and none is to be cut off for that before the test is over.
    let network = try RealNetwork(nodes: 1) { $0.extra = "[links]\nhandshake_timeout_ms = 600_000\n" }
    let node = try network.start(0, descriptors: 40)
    let loop = try ClientLoop()
    let clients = try #require(network.directory.nodes[0].clients)
    // At its start it writes a file: that descriptor comes back, and must not come back later.
    #expect(eventually { (try? network.status(0))?.line.contains("\"records_stored\":1") == true })
    let crowd = try (0..<60).map { _ in try loop.network.connect(clients) }
    try #require(eventually { node.descriptors >= 40 })
    // The door for the status finds no descriptor either. One that its last visitor had may still be free; the crowd takes it.
    let isShut = eventually {
      let asking = try? Program(["status", "unix:net/mix-1/state/status.sock", "--json"], in: network.folder)
      return asking?.exitCode(within: 30) == 1
    }
    #expect(isShut)
    let before = try #require(ProcessUsage.cpuTime(pid: node.pid))
    usleep(1_000_000)
    let after = try #require(ProcessUsage.cpuTime(pid: node.pid))
    #expect(after - before < .ms(200), "\((after - before).ms) ms of a second")
    for connection in crowd { loop.network.close(connection, abort: true) }
    #expect(eventually { ((try? network.status(0))?["accepts_exhausted"]?.int ?? 0) > 0 })
    let sent = try network.send([1, 2, 3], to: "echo", ["--reply"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
  }
}
