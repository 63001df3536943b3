import LinuxNet
import MixNet
import Relay
import Sphinx
import Testing

@testable import HearsayCommand
@testable import MixHost

/// A node in this process: its workers are threads, its sockets are real ones.
final class TestNode {
  let node: Node
  let folder: Folder
  private let storage: FileStorage
  private let threads = Threads()
  private let ends = Ends()
  private var places: [String: Address] = [:]

  /// A node of this configuration. Its paths begin in `base`, or in its folder; a port 0 is a free one.
  init(
    _ toml: String, in folder: Folder? = nil, base: String? = nil, mailbox: (any Mailbox)? = nil, seed: UInt64 = 1,
    plugins: [Plugin] = [.sphinx, .relay]
  ) throws {
    let folder = try folder ?? Folder()
    self.folder = folder
    let file = ConfigFile(text: toml)
    let loader = NodeLoader(
      registry: Registry(plugins), files: RealFiles(), wall: SystemClock().wall, base: base ?? folder.path,
      directory: { NetworkFile.read($0) })
    guard let blueprint = loader.load(file).blueprint else { throw Missing("\(file.mistakes)") }
    try makeFolder(blueprint.facts.state)
    storage = try FileStorage()
    node = Node(blueprint, seed: Seed(seed), mailbox: mailbox)
    for number in 0..<node.workers { try start(number) }
    guard eventually("the node starts", { ends.begun == node.workers || ends.failure != nil }) else { return }
    if let failure = ends.failure {
      kill()
      throw Missing(failure)
    }
    for (name, address) in node.addresses { places[name] = address }
  }

  private func start(_ number: Int) throws {
    let (node, storage, ends) = (node, storage, ends)
    try threads.add {
      do {
        let environment = Environment(
          network: try EpollNetwork(), clock: SystemClock(), entropy: SystemEntropy(), storage: storage)
        let worker = try node.makeWorker(number, environment: environment)
        ends.begin(worker.shared)
        worker.run()
        ends.end(worker)
      } catch { ends.fail("\(error)") }
    }
  }

  deinit { kill() }

  /// Where it listens: a chain's name, or `clients`.
  func address(_ name: String) throws -> Address {
    guard let address = places[name] else { throw Missing("the node does not listen for \(name)") }
    return address
  }

  /// How things stand: asked of the workers, or, once they have ended, what they said last.
  func status() throws -> NodeStatus {
    let answer = Box<NodeStatus>()
    node.status { answer.set($0) }
    // A worker that has ended answers nothing, so what it left is looked at as well.
    guard eventually("the node tells its status", { answer.value != nil || ends.last != nil }),
      let status = ends.last ?? answer.value
    else { throw Missing("no status") }
    return status
  }

  /// One chain's status; the first one's without a name.
  func chain(_ name: String? = nil) throws -> ChainStatus {
    let chains = try status().chains
    guard let chain = name.map({ name in chains.first { $0.name == name } }) ?? chains.first else {
      throw Missing("no such chain")
    }
    return chain
  }

  /// What `body` says of each worker, on its own thread while it runs.
  func ofWorkers<Value: Sendable>(_ body: @escaping @Sendable (Worker) -> Value) throws -> [Value] {
    let answers = (0..<node.workers).map { _ in Box<Value>() }
    for (port, answer) in zip(ends.shared?.ports ?? [], answers) { port.post { answer.set(body($0)) } }
    guard eventually("the workers answer", { hasEnded || answers.allSatisfy { $0.value != nil } }) else {
      throw Missing("no answer")
    }
    return hasEnded ? ends.ofRetired(body) : answers.compactMap(\.value)
  }

  func stop(atOnce: Bool = false) { node.stop(atOnce: atOnce) }

  /// True once every worker has ended.
  var hasEnded: Bool { ends.last != nil }

  /// Waits for the end and gives what the workers said last.
  func ended(within seconds: UInt64 = 60) throws -> NodeStatus {
    guard eventually("the node ends", within: seconds, { hasEnded }), let last = ends.last else {
      throw Missing("the node goes on")
    }
    threads.join()
    storage.stop()
    return last
  }

  /// Stops at once and waits.
  func kill() {
    node.stop(atOnce: true)
    threads.join()
    storage.stop()
  }
}
