import LinuxNet
package import MixHost
package import MixNet
import Synchronization

/// The world in which the node behind a facade lives, and who gives it its turns: a thread of the system, or a simulator.
public struct NodeRuntime: Sendable {
  /// Runs the node's one worker until it has stopped. `began` is called once, as soon as the node listens or, with a sentence, cannot, and
  /// `ended` once afterwards, when nothing of it is left; both from any thread.
  package typealias Run =
    @Sendable (
      _ node: Node, _ began: @escaping @Sendable (String?) -> Void, _ ended: @escaping @Sendable () -> Void
    ) -> Void

  package let entropy: any Entropy
  package let wall: @Sendable () -> WallTime
  let run: Run

  /// A world of these.
  package init(entropy: any Entropy, wall: @escaping @Sendable () -> WallTime, run: @escaping Run) {
    self.entropy = entropy
    self.wall = wall
    self.run = run
  }

  /// This machine: real sockets, and a thread for each node.
  public static let system = NodeRuntime { node, began, ended in
    do {
      _ = try Thread("hearsay-node") {
        serve(node, began)
        ended()
      }
    } catch {
      began("\(error)")
      ended()
    }
  }

  /// This machine, with so many threads for all nodes that are started on it, which get them by turns: many nodes of one process that talk to each
  /// other cost less than with a thread each. What one node's application does in its turn, a validator say, the others of its thread wait for.
  public static func system(threads count: Int) -> NodeRuntime {
    let threads = (0..<max(1, count)).map { SharedThread("hearsay-\($0)") }
    let next = Atomic<UInt>(0)
    return NodeRuntime { node, began, ended in
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      threads[Int(number % UInt(threads.count))].run(node, environment: environment, began: began, ended: ended)
    }
  }

  /// This machine, whoever gives the nodes their turns.
  private init(run: @escaping Run) {
    self.init(entropy: SystemEntropy(), wall: { SystemClock().wall }, run: run)
  }
}

/// Runs a node on the present thread. Everything of it is gone when this returns.
private func serve(_ node: Node, _ began: @Sendable (String?) -> Void) {
  do {
    let worker = try node.makeWorker(0, environment: environment(try EpollNetwork()))
    began(nil)
    worker.run()
  } catch {
    began("\(error)")
  }
}

private func environment(_ network: EpollNetwork) -> Environment {
  Environment(
    network: network, clock: SystemClock(), entropy: SystemEntropy(), storage: NoFiles(),
    resolver: NamesOnDemand.shared)
}

/// Looks names up, for all nodes of the process. Its threads start with the first name: most addresses are numbers.
private final class NamesOnDemand: Resolver {
  static let shared = NamesOnDemand()
  private let resolver = Mutex<SystemResolver?>(nil)

  func resolve(_ name: String, port: UInt16, done: @escaping @Sendable ([Address]) -> Void) -> Bool {
    let resolver = resolver.withLock { resolver in
      if resolver == nil { resolver = try? SystemResolver() }
      return resolver
    }
    return resolver?.resolve(name, port: port, done: done) ?? false
  }
}

/// The node has no files of its own.
private final class NoFiles: Storage {
  func submit(_ job: StorageJob, done: @escaping @Sendable (StorageResult) -> Void) -> Bool { false }
}

/// What a node reads at its start, from memory: what an application gives it, and nothing else.
package struct FilesInMemory: FileSource {
  private let files: [String: [UInt8]]

  package init(_ files: [String: [UInt8]] = [:]) { self.files = files }

  package func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    guard let bytes = files[path], bytes.count <= limit else {
      throw StorageError(path: path, detail: "there is no such file here")
    }
    return (bytes, 0o600)
  }
}
