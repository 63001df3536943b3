import CMallocCount
import LinuxNet
import MixHost
import MixNet
import Synchronization

/// A node with one worker on a thread of this process.
final class InsideNode {
  /// What the worker's thread has used since it began, less what asking for it takes.
  struct Usage: Sendable {
    var cpu = Nanos.zero
    var allocations = 0
    /// Packets that the node has dropped.
    var dropped = 0
  }

  private let node: Node
  private let threads = ThreadList()
  private let storage: FileStorage
  private var asked = 0

  init(config: String, folder: String, plugins: [Plugin]) throws(BenchError) {
    let file = ConfigFile(text: config)
    let loader = NodeLoader(
      registry: Registry(plugins), files: NoFiles(), wall: SystemClock().wall, base: folder,
      directory: { _ in .success(NetworkDirectory()) })
    guard let blueprint = loader.load(file).blueprint else {
      throw BenchError(file.mistakes.map { "\($0)" }.joined(separator: "; "))
    }
    let node = Node(blueprint, seed: Seed(10))
    self.node = node
    do throws(SystemError) {
      let storage = try FileStorage()
      self.storage = storage
      threads.add(try Thread("worker") { Self.work(node, storage) })
    } catch { throw BenchError(error.description) }
    let end = SystemClock().now + .s(5)
    while node.addresses.isEmpty, SystemClock().now < end { pause() }
  }

  private static func work(_ node: Node, _ storage: FileStorage) {
    do {
      let environment = Environment(
        network: try EpollNetwork(), clock: SystemClock(), entropy: SystemEntropy(), storage: storage)
      try node.makeWorker(0, environment: environment).run()
    } catch { Output.note("hearsay-bench: a node inside this process: \(error)") }
  }

  func address(_ name: String) throws(BenchError) -> Address {
    guard let entry = node.addresses.first(where: { $0.name == name }) else {
      throw BenchError("the node inside this process does not listen for '\(name)'")
    }
    return entry.address
  }

  /// Asks the worker on its own thread, more than once: what one question takes is taken off again.
  func usage() throws(BenchError) -> Usage {
    let (first, second) = (try ask(), try ask())
    var usage = second
    usage.allocations -= (asked + 1) * (second.allocations - first.allocations)
    asked += 2
    return usage
  }

  private func ask() throws(BenchError) -> Usage {
    let answer = Answer()
    node.status { status in
      let dropped = status.chains.reduce(0) { sum, chain in
        chain.dropped.reduce(sum) { $0 + Int(clamping: $1.count) }
      }
      answer.give(
        Usage(cpu: ProcessUsage.threadTime, allocations: Int(clamping: malloc_count_calls()), dropped: dropped))
    }
    let end = SystemClock().now + .s(5)
    while SystemClock().now < end {
      if let usage = answer.value { return usage }
      pause()
    }
    throw BenchError("the node inside this process does not answer")
  }

  func stop() {
    node.stop(atOnce: true)
    threads.join()
    storage.stop()
  }

  private final class Answer: Sendable {
    private let usage = Mutex<Usage?>(nil)
    var value: Usage? { usage.withLock { $0 } }
    func give(_ value: Usage) { usage.withLock { $0 = value } }
  }
}

/// No file is there.
private struct NoFiles: FileSource {
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    throw StorageError(path: path, detail: "no files are read here")
  }
}
