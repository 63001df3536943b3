import MixNet
import Testing

@testable import MixHost
@testable import Sphinx

/// `durable = true`: a packet leaves only when its tag is on the disk.
@Suite struct ReplayDurableTests {
  private let disk = ReplayDisk()
  private func start(_ more: String = "", workers: Int = 1) throws -> ReplayNode {
    try ReplayNode("tags_max = 4096\ndurable = true\n" + more, on: disk, workers: workers)
  }

  @Test func nothingLeavesBeforeTheDiskHasIt() throws {
    let node = try start()
    disk.isStopped = true
    node.feed(0..<5)
    node.run(.ms(500))
    #expect(node.left.isEmpty && node.chain.held == 5 && disk.isBusy)
    // A copy of what waits is refused at once.
    node.feed([3])
    #expect(node.dropped(.replayed) == 1)
    disk.isStopped = false
    node.settle()
    #expect(node.left == [0, 1, 2, 3, 4] && node.chain.held == 0)
  }

  /// All tags of a turn go in one record, and what comes while it is under way goes into the next one.
  @Test func oneRecordATurn() throws {
    let node = try start()
    let before = disk.jobs.count
    node.feed(0..<40)
    #expect(disk.jobs.count == before + 1 && node.left == Array(0..<40))
    disk.isStopped = true
    for number in 40..<60 { node.feed([number]) }
    disk.isStopped = false
    node.settle()
    #expect(disk.jobs.count == before + 3 && node.left == Array(0..<60))
  }

  @Test func aDiskThatFailsLetsNothingOut() throws {
    let node = try start()
    disk.fails = true
    node.feed(0..<5)
    #expect(node.left.isEmpty && node.dropped(.notStored) == 5 && node.chain.held == 0)
    // For a moment nothing is let in: no tag is taken for a packet that could not leave.
    node.feed(5..<10)
    #expect(node.dropped(.notStored) == 10 && node.count("tags") == 5)
    disk.fails = false
    node.run(.ms(200))
    node.feed(5..<12)
    #expect(node.left == Array(5..<12) && node.count("records_failed") == 1)
  }

  /// The wait is bounded in time and in packets, and so is the memory for it.
  @Test func aDiskThatHangsIsWaitedForSoLong() throws {
    let node = try start("wait_max_ms = 50\nwaiting_max = 100")
    disk.isStopped = true
    node.feed(0..<16)
    for start in stride(from: 16, to: 320, by: 16) { node.feed(start..<start + 16) }
    // Up to a batch more than said; the others are dropped unseen.
    #expect(node.chain.held == 112 && node.dropped(.notStored) == 208 && node.count("tags") == 112)
    node.run(.ms(51))
    #expect(node.chain.held == 0 && node.dropped(.notStored) == 320)
    node.feed(400..<500)
    #expect(node.dropped(.notStored) == 420 && node.count("tags") == 112)
    disk.isStopped = false
    node.run(.ms(10))
    node.feed(400..<500)
    #expect(node.left == Array(400..<500))
  }

  /// A disk whose queue is full is asked again.
  @Test func aDiskThatTakesNothingIsAskedAgain() throws {
    let node = try start()
    disk.takes = 0
    node.feed(0..<5)
    node.run(.ms(20))
    #expect(node.left.isEmpty)
    disk.takes = 1
    node.run(.ms(20))
    #expect(node.left == Array(0..<5))
  }

  /// Each crash between any two bytes that the disk writes: what has left is not let through again, whatever was cut.
  @Test("fault 19: replayed after a crash, cut at any byte") func acceptedOnceOverACrash() throws {
    var (crashes, acceptedLater) = (0, 0)
    for after in 0..<6 {
      for kept in 0...Self.recordSize(3) {
        let disk = ReplayDisk()
        let first = try ReplayNode("tags_max = 4096\ndurable = true", on: disk)
        for turn in 0..<after { first.feed(3 * turn..<3 * turn + 3) }
        disk.isStopped = true
        first.feed(3 * after..<3 * after + 3)
        #expect(first.left == Array(0..<3 * after))
        disk.cut(at: kept)
        disk.isStopped = false
        let second = try ReplayNode("tags_max = 4096\ndurable = true", on: disk)
        second.feed(0..<30)
        let both = first.left + second.left
        #expect(Set(both).count == both.count, "after \(after) records and \(kept) bytes")
        // Packets that had not left may be sent again, unless their record was whole.
        let fresh = kept < Self.recordSize(3) ? 3 * after..<30 : 3 * after + 3..<30
        #expect(second.left == Array(fresh))
        acceptedLater += second.left.count
        crashes += 1
      }
    }
    #expect(crashes == 6 * 81 && acceptedLater > 0)
  }

  private static func recordSize(_ tags: Int) -> Int { ReplayFile.recordHead + 16 * tags }

  /// A cut record stays where it is; what comes behind it is found.
  @Test func aCutRecordIsPassedOver() throws {
    for kept in [1, 31, 32, 33, 50, 79] {
      let disk = ReplayDisk()
      var expected: [Int] = []
      for boot in 0..<4 {
        let node = try ReplayNode("tags_max = 4096\ndurable = true", on: disk)
        node.feed(0..<10 * boot)
        #expect(node.left.isEmpty)
        node.feed(10 * boot..<10 * boot + 10)
        expected += node.left
        disk.isStopped = true
        node.feed(900..<903)
        disk.cut(at: kept)
        disk.isStopped = false
      }
      #expect(expected == Array(0..<40))
    }
  }

  /// Ten times its capacity, with a restart after each filling: nothing is let through twice, nothing new is refused before the
  /// set is full, and what is full stays so under its key.
  @Test func fullOverRestarts() throws {
    var (accepted, refused): ([Int], Int) = ([], 0)
    for start in stride(from: 0, to: 10_240, by: 1_024) {
      let node = try ReplayNode("tags_max = 1024\ndurable = true", on: disk)
      for first in stride(from: start, to: start + 1_024, by: 64) { node.feed(first..<first + 64) }
      accepted += node.left
      refused += node.dropped(.tagsFull)
      #expect(node.dropped(.replayed) == 0 && node.count("tags") == min(1_024, start + 1_024))
    }
    #expect(accepted == Array(0..<1_024) && refused == 9_216)
    let last = try ReplayNode("tags_max = 1024\ndurable = true", on: disk)
    last.feed(0..<1_024)
    #expect(last.left.isEmpty && last.dropped(.replayed) == 1_024)
  }

  /// Each worker has its records; a restart with another number of workers finds them all.
  @Test func workersShareOneFile() throws {
    for (workers, numbers) in [(3, 0..<30), (1, 30..<40), (4, 40..<90)] {
      let node = try start(workers: workers)
      node.feed(0..<numbers.lowerBound)
      #expect(node.left.isEmpty)
      for number in numbers { node.feed([number], worker: number % workers) }
      node.run(.ms(5))
      #expect(node.left.sorted() == Array(numbers))
    }
  }
}
