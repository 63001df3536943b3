import Foundation
import LinuxNet
import MixNet

/// A node in a process of its own.
final class RelayProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var rest: [UInt8] = []
  private(set) var port: UInt16 = 0

  init(_ plan: RelayNodePlan) throws(BenchError) {
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = plan.words
    process.standardInput = input
    process.standardOutput = output
    do { try process.run() } catch { throw BenchError("a node cannot be started: \(error.localizedDescription)") }
    guard let port = UInt16(try line()) else { throw BenchError("the node does not say where it listens") }
    self.port = port
  }

  /// What it has used and done by now.
  func usage() throws(BenchError) -> NodeUsage {
    do { try input.fileHandleForWriting.write(contentsOf: Data("usage\n".utf8)) } catch {
      throw BenchError("the node is gone: \(error.localizedDescription)")
    }
    guard let usage = NodeUsage(try line()) else { throw BenchError("the node's answer cannot be read") }
    return usage
  }

  private func line() throws(BenchError) -> String {
    while true {
      if let end = rest.firstIndex(of: 0x0a) {
        defer { rest.removeSubrange(...end) }
        return String(decoding: rest[..<end], as: UTF8.self)
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw BenchError("the node has ended") }
      rest += data
    }
  }

  /// Ends it, and waits for that; for ten seconds, then it is killed.
  func stop() {
    try? input.fileHandleForWriting.close()
    for _ in 0..<1_000 where process.isRunning { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }
}
