import CMallocCount
import Glibc
import LinuxNet
import MixHost
import MixNet
import Synchronization

/// A node with one worker on a thread of this process, where its allocations can be counted.
final class NodeThread {
  private let node: Node
  private let storage: FileStorage
  private var thread: Thread?

  init(
    _ config: String, files: any FileSource, directory: NetworkDirectory, plugins: [Plugin]
  ) throws(BenchError) {
    let file = ConfigFile(text: config)
    let loader = NodeLoader(
      registry: Registry(plugins), files: files, wall: SystemClock().wall, base: "/",
      directory: { _ in .success(directory) })
    guard let blueprint = loader.load(file).blueprint else {
      throw BenchError(file.mistakes.map { "\($0)" }.joined(separator: "; "))
    }
    let node = Node(blueprint, seed: Seed(10))
    self.node = node
    do throws(SystemError) {
      let storage = try FileStorage()
      self.storage = storage
      thread = try Thread("worker") { Self.work(node, storage) }
    } catch { throw BenchError(error.description) }
  }

  private static func work(_ node: Node, _ storage: FileStorage) {
    do {
      let environment = Environment(
        network: try EpollNetwork(), clock: SystemClock(), entropy: SystemEntropy(), storage: storage)
      try node.makeWorker(0, environment: environment).run()
    } catch { Output.note("hearsay-bench: the node cannot run: \(error)") }
  }

  /// The port on which it listens.
  func port() throws(BenchError) -> UInt16 {
    for _ in 0..<10_000 {
      if let port = node.addresses.first?.address.port { return port }
      usleep(500)
    }
    throw BenchError("the node does not listen")
  }

  /// Allocations of the worker's thread, and packets that the node has dropped.
  func usage() throws(BenchError) -> (allocations: Int, dropped: Int) {
    let answer = Answer()
    node.status { status in
      let dropped = status.chains.flatMap(\.dropped).reduce(0) { $0 + Int(clamping: $1.count) }
      answer.usage.withLock { $0 = (Int(clamping: malloc_count_calls()), dropped) }
    }
    for _ in 0..<10_000 {
      if let usage = answer.usage.withLock({ $0 }) { return usage }
      usleep(500)
    }
    throw BenchError("the node does not answer")
  }

  private final class Answer: Sendable {
    let usage = Mutex<(allocations: Int, dropped: Int)?>(nil)
  }

  func stop() {
    node.stop(atOnce: true)
    thread.take()?.join()
    storage.stop()
  }
}
