import LinuxNet
import MixHost
import MixNet
import OrderedJSON

/// The node processes of a demo: started, watched, started again when one has died, asked, and stopped.
final class DemoNodes {
  /// The end of a process that nobody asked to end.
  struct Death {
    let node: String
    let pid: Int32
    /// `signal 9`, or `code 1`.
    let cause: String
  }

  private let directory: NetworkDirectory
  private let folder: String
  private var children: [ChildNode] = []
  private(set) var deaths: [Death] = []
  private let signals: Signals

  /// A node that dies again and again is left alone: there is something wrong with it.
  private static let restartsMax = 8

  /// Nodes of a network whose configuration is in `folder`, one folder each.
  init(_ directory: NetworkDirectory, in folder: String, signals: Signals) {
    self.directory = directory
    self.folder = folder
    self.signals = signals
  }

  deinit { for child in children { child.kill() } }

  /// Starts all, and returns when all are ready.
  func start() throws(CommandError) {
    // The last node first: a relay's links then find somebody who listens.
    for node in directory.nodes.reversed() { children.insert(try start(node.name), at: 0) }
  }

  private func start(_ name: String) throws(CommandError) -> ChildNode {
    let place = "\(folder)/\(name)"
    let child = try ChildNode(name: name, file: "\(place)/plugins.toml", log: "\(place)/log")
    do { try child.waitUntilReady() } catch {
      child.kill()
      throw error
    }
    return child
  }

  /// The processes, as a person is told of them.
  var description: String { children.map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ") }

  /// Starts anew whatever has died, and tells of each death; throws when the demo is told to end.
  func look(_ tell: (String) -> Void) throws(CommandError) {
    if let signal = signals.take(), signal != .hangup { throw CommandError("the demo was ended by a signal") }
    for (number, child) in children.enumerated() {
      guard let cause = child.death, deaths.count < Self.restartsMax else { continue }
      deaths.append(Death(node: child.name, pid: child.pid, cause: cause))
      tell("\(child.name) (process \(child.pid)) has died (\(cause)); it is started again")
      children[number] = try start(child.name)
    }
  }

  /// What the nodes say of themselves, those that answer.
  func statuses() -> [(name: String, status: JSON)] {
    children.compactMap { child in
      guard let address = child.status, child.death == nil else { return nil }
      guard let bytes = try? ClientLoop().ask(address, [], within: .s(5)), let json = JSON(bytes) else { return nil }
      return (child.name, json)
    }
  }

  /// Stops all; the exit code of each, nil for one that had to be ended by force.
  func stop() -> [(name: String, code: Int32?)] {
    for child in children { child.stop() }
    return children.map { ($0.name, $0.wait(seconds: 15)) }
  }
}
