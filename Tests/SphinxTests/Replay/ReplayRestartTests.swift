import MixNet
import Testing

@testable import MixHost
@testable import Sphinx

/// `durable = false`: tags are saved at the stop, or the key is lost.
@Suite struct ReplayRestartTests {
  private let disk = ReplayDisk()
  private func start(
    _ config: String = "", tagsMax: Int = 4_096, key: String = "key", chain: String = "mix", workers: Int = 1
  ) throws -> ReplayNode {
    try ReplayNode("tags_max = \(tagsMax)\n" + config, on: disk, key: key, chain: chain, workers: workers)
  }

  /// Why a process is refused to start; nil when it is not.
  private func refusal(
    _ config: String = "", key: String = "key", chain: String = "mix", tagsMax: Int = 4_096
  ) -> String? {
    do {
      _ = try start(config, tagsMax: tagsMax, key: key, chain: chain)
      return nil
    } catch { return "\(error)" }
  }

  private var path: String { ReplayFile.path("state/replay", key: Fingerprint.of("key")) }

  @Test func tagsOutliveAStopInGoodOrder() throws {
    for boot in 0..<5 {
      let node = try start(workers: 1 + boot % 2)
      let before = disk.files[path]?.count ?? 0
      node.feed(0..<100 * boot)
      #expect(node.left.isEmpty && node.dropped(.replayed) == 100 * boot)
      node.feed(100 * boot..<100 * boot + 100)
      #expect(node.left == Array(100 * boot..<100 * boot + 100))
      node.stop()
      // What is in the file already is not written again.
      let written = (disk.files[path]?.count ?? 0) - before
      #expect(written <= 2 * ReplayFile.recordHead + 16 * 100 + 48)
    }
  }

  /// As long as nothing was let through under a key, it is as good as new.
  @Test("fault 19: replayed after a stop without order") func withoutAStopTheKeyIsRetired() throws {
    disk.isStopped = true
    var node: ReplayNode? = try start()
    node?.feed(0..<5)
    #expect(node?.left == [] && node?.chain.held == 5)
    disk.cut(at: 0)
    node = nil
    disk.isStopped = false
    node = try start()
    node?.feed(0..<5)
    #expect(node?.left == Array(0..<5))
    node = nil
    let sentence = try #require(refusal())
    #expect(sentence.contains("retired") && sentence.contains("new key") && sentence.contains(path), "\(sentence)")
    // Nothing brings it back, least of all the other setting.
    #expect(refusal("durable = true")?.contains("retired") == true)
    // A new key begins anew.
    #expect(refusal(key: "new") == nil)
  }

  /// No packet leaves before the disk knows that packets are let through.
  @Test func theNoteComesFirst() throws {
    disk.isStopped = true
    let node = try start(workers: 2)
    node.feed(0..<5)
    node.feed(5..<9, worker: 1)
    node.run(.ms(100))
    #expect(node.left.isEmpty)
    disk.isStopped = false
    node.run(.ms(5))
    #expect(node.left.sorted() == Array(0..<9))
    // From now on the disk is not asked.
    let jobs = disk.jobs.count
    node.feed(9..<20)
    node.feed(20..<30, worker: 1)
    #expect(node.left.count == 30 && disk.jobs.count == jobs)
  }

  /// A disk that cannot be written lets nothing out.
  @Test func withoutTheNoteNothingLeaves() throws {
    disk.fails = true
    let node = try start("wait_max_ms = 100")
    node.feed(0..<5)
    node.run(.s(2))
    #expect(node.left.isEmpty && node.dropped(.notStored) == 5 && node.count("tags") ?? 9 <= 5)
    node.feed(5..<10)
    #expect(node.dropped(.notStored) == 10)
    disk.fails = false
    node.run(.s(1))
    node.feed(10..<15)
    #expect(node.left == Array(10..<15))
  }

  /// A stop that the disk did not bear to its end is none.
  @Test func aStopThatIsCutIsNone() throws {
    var refused = 0
    for kept in stride(from: 0, through: 32 + 16 * 50, by: 7) {
      let disk = ReplayDisk()
      var node: ReplayNode? = try ReplayNode("tags_max = 4096", on: disk)
      node?.feed(0..<50)
      disk.isStopped = true
      node?.stop()
      disk.cut(at: kept)
      node = nil
      disk.isStopped = false
      #expect(throws: BuildError.self) { _ = try ReplayNode("tags_max = 4096", on: disk) }
      refused += 1
    }
    #expect(refused == 119)
  }

  /// A disk that takes few jobs at once costs no key: what it refuses is asked again.
  @Test(arguments: [1, 2, 5]) func aStopOnABusyDisk(takes: Int) throws {
    let node = try start()
    node.feed(0..<50)
    disk.takes = takes
    node.stop()
    disk.takes = .max
    let next = try start()
    next.feed(0..<60)
    #expect(next.left == Array(50..<60))
  }

  @Test func theSettingMayChange() throws {
    for (config, numbers) in [("", 0..<20), ("durable = true", 20..<40), ("", 40..<60), ("durable = true", 60..<80)] {
      let node = try start(config)
      node.feed(0..<numbers.upperBound)
      #expect(node.left == Array(numbers))
      if config.isEmpty { node.stop() }
    }
  }

  /// A file belongs to one key and one chain.
  @Test func aFileOfAnotherIsRefused() throws {
    let node = try start("durable = true")
    node.feed(0..<5)
    disk.files[ReplayFile.path("state/replay", key: Fingerprint.of("other"))] = disk.files[path]
    #expect(refusal(key: "other")?.contains("another key") == true)
    #expect(refusal(chain: "second")?.contains("another chain") == true)
    #expect(refusal("file = \"second\"", chain: "second") == nil)
    #expect(refusal(tagsMax: 64) == nil)
    node.feed(5..<100)
    #expect(refusal(tagsMax: 64)?.contains("tags_max") == true)
  }

  /// Without a file nothing is kept, and the status says so.
  @Test func withoutAFileNothingIsKept() throws {
    let node = try start("file = \"\"")
    node.feed(0..<5)
    #expect(node.left == Array(0..<5) && disk.jobs.isEmpty)
    node.stop()
    #expect(disk.jobs.isEmpty)
    let again = try start("file = \"\"")
    again.feed(0..<5)
    #expect(again.left == Array(0..<5))
    #expect(refusal("file = \"\"\ndurable = true")?.contains("needs a 'file'") == true)
  }
}
