import Foundation
import Gossip
import LinuxNet
import MixHost
import MixNet
import Synchronization

/// A node in a process of its own, which tells on its standard output what it finds of others: `EVENT ID NS`, by the machine's clock, and with `members`
/// how many it knows.
final class GossipChild: Sendable {
  private struct State {
    var events: [(event: String, id: String, time: Instant)] = []
    var members = 0
  }

  let id: String
  let pid: Int32
  private let process: Mutex<Process>
  private let state = Mutex(State())

  init(_ number: Int, port: UInt16, seed: UInt16, state path: String) throws(BenchError) {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["gossip-node", "\(number)", "\(port)", "\(seed)", path, "\(getpid())"]
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    do { try process.run() } catch { throw BenchError("a node cannot be started: \(error.localizedDescription)") }
    pid = process.processIdentifier
    id = Fingerprint.of("hearsay node bench-\(number)").description
    self.process = Mutex(process)
    let reader = pipe.fileHandleForReading
    Foundation.Thread.detachNewThread { [weak self] in
      var rest: [UInt8] = []
      while case let data = reader.availableData, !data.isEmpty {
        rest += data
        while let end = rest.firstIndex(of: 0x0a) {
          self?.took(String(decoding: rest[..<end], as: UTF8.self))
          rest.removeSubrange(...end)
        }
      }
    }
  }

  private func took(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    state.withLock { state in
      if words.count == 2, words[0] == "members" { state.members = Int(words[1]) ?? 0 }
      guard words.count == 3, let ns = UInt64(words[2]) else { return }
      state.events.append((words[0], words[1], Instant(ns: ns)))
      if state.events.count > 4_096 { state.events.removeFirst(2_048) }
    }
  }

  /// When it told of this since then; nil when it has not within this time.
  func wait(for event: String, of id: String, since: Instant, atMost time: Nanos) -> Instant? {
    let end = SystemClock().now + time
    while SystemClock().now < end {
      let found = state.withLock { $0.events.first { $0.event == event && $0.id == id && $0.time >= since }?.time }
      if let found { return found }
      usleep(1_000)
    }
    return nil
  }

  func knows(_ count: Int, until end: Instant) -> Bool {
    while SystemClock().now < end {
      if state.withLock({ $0.members == count }) { return true }
      usleep(5_000)
    }
    return false
  }

  func reap() { process.withLock { $0.waitUntilExit() } }

  // MARK: The child's side

  /// Runs a node until the parent is gone.
  static func main(_ words: [String]) -> Int32 {
    guard words.count == 5, let number = Int(words[0]), let port = UInt16(words[1]), let seed = UInt16(words[2]),
      let parent = Int32(words[4])
    else { return 2 }
    let config = GossipNodeConfig(
      number: number, port: port, seed: seed, state: words[3], isSigned: false, history: 1 << 20)
    do throws(BenchError) {
      let node = try NodeThreads(
        config.text, files: GossipKeys(number: 0), directory: NetworkDirectory(), plugins: [.gossip],
        seed: SystemClock().now.ns)
      node.tellGossip { stage, _ in
        stage.watch { event, record in Output.line("\(event) \(record.id) \(SystemClock().now.ns)") }
      }
      while getppid() == parent {
        node.tellGossip { stage, _ in Output.line("members \(stage.members.count { $0.status == .alive })") }
        usleep(100_000)
      }
      return 0
    } catch {
      Output.note("hearsay-bench: \(error.sentence)")
      return 1
    }
  }
}
