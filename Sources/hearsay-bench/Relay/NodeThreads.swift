import CMallocCount
import Glibc
import HearsayRuntime
import LinuxNet
import MixHost
import MixNet
import Synchronization

/// A node whose workers are threads of this process, where their allocations can be counted.
final class NodeThreads {
  private final class Box {
    var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
  }

  let node: Node
  private let storage: FileStorage
  private var threads: [Box] = []
  /// Where it lives on a thread with others: counts its end.
  private let ended = Tally()
  private var isShared = false

  init(
    _ config: String, files: any FileSource, directory: NetworkDirectory, plugins: [Plugin], seed: UInt64 = 10,
    on shared: SharedThread? = nil
  ) throws(BenchError) {
    let blueprint = try NodeBlueprint.bench(config, files: files, directory: directory, plugins: plugins)
    let node = Node(blueprint, seed: Seed(seed))
    self.node = node
    do throws(SystemError) {
      let storage = try FileStorage()
      self.storage = storage
      for number in 0..<(shared == nil ? node.workers : 0) {
        threads.append(Box(try Thread("worker \(number)") { Self.work(node, number, storage) }))
      }
    } catch { throw BenchError(error.description) }
    if let shared { live(on: shared) }
  }

  private func live(on shared: SharedThread) {
    shared.run(
      node,
      environment: { [storage] network in
        Environment(network: network, clock: SystemClock(), entropy: SystemEntropy(), storage: storage)
      },
      began: { if let fault = $0 { Output.note("hearsay-bench: the node cannot run: \(fault)") } },
      ended: { [ended] in ended.add() })
    isShared = true
  }

  private static func work(_ node: Node, _ number: Int, _ storage: FileStorage) {
    do {
      let environment = Environment(
        network: try EpollNetwork(), clock: SystemClock(), entropy: SystemEntropy(), storage: storage)
      try node.makeWorker(number, environment: environment).run()
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

  /// What the node has used and done. The allocations are those of the worker that answers, which is the only one or the last.
  func usage() throws(BenchError) -> NodeUsage {
    let answer = Answer()
    node.status { status in
      var usage = NodeUsage()
      usage.allocations = Int(clamping: malloc_count_calls())
      usage.cpu = ProcessUsage.cpuTime() ?? .zero
      usage.residentBytes = ProcessUsage.residentBytes() ?? 0
      for chain in status.chains {
        usage.framesIn += Int(clamping: chain.count(.received))
        usage.framesOut += Int(clamping: chain.count(.written))
        usage.held += chain.held
        usage.dropped += chain.dropped.map { ("\($0.stage)/\($0.reason)", Int(clamping: $0.count)) }
      }
      let found = usage
      answer.usage.withLock { $0 = found }
    }
    for _ in 0..<10_000 {
      if let usage = answer.usage.withLock({ $0 }) { return usage }
      usleep(500)
    }
    throw BenchError("the node does not answer")
  }

  private final class Answer: Sendable {
    let usage = Mutex<NodeUsage?>(nil)
  }

  func stop() {
    node.stop(atOnce: true)
    for box in threads { box.thread.take()?.join() }
    while isShared, ended.count == 0 { usleep(500) }
    storage.stop()
  }
}
