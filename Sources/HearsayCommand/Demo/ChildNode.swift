import Foundation
import LinuxNet
import MixHost
import MixNet
import OrderedJSON

/// A node as a process of its own, started by this program.
final class ChildNode {
  let name: String
  private let process = Process()
  private let output = Pipe()
  private let log: String
  /// Where it tells its status.
  private(set) var status: Address?

  /// Starts `hearsay run` of this very program on a file; what it says goes to `log`.
  init(name: String, file: String, log: String) throws(CommandError) {
    self.name = name
    self.log = log
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["run", file, "--json", "--with-parent", "\(getpid())"]
    // Settings of the one who calls are not the demo's.
    process.environment = ProcessInfo.processInfo.environment.filter { Self.passedOn.contains($0.key) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    do {
      try Data().write(to: URL(fileURLWithPath: log))
      process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
      try process.run()
    } catch { throw CommandError("node '\(name)' cannot be started: \(error.localizedDescription)") }
  }

  private static let passedOn: Set<String> = ["PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH"]

  var pid: Int32 { process.processIdentifier }
  /// How the process has ended: `signal 9` or `code 1`; nil while it runs.
  var death: String? {
    if process.isRunning { return nil }
    let kind = process.terminationReason == .uncaughtSignal ? "signal" : "code"
    return "\(kind) \(process.terminationStatus)"
  }

  /// Waits for the line that says the node is ready.
  func waitUntilReady() throws(CommandError) {
    var line: [UInt8] = []
    while true {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { throw CommandError("node '\(name)' did not start: \(lastWords)") }
      line += Array(data)
      guard line.contains(0x0a) else { continue }
      status = JSON(line)?["status"]?.text.flatMap(Address.init)
      return
    }
  }

  /// The end of what the node said.
  var lastWords: String {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").last.map(String.init) ?? "it said nothing"
  }

  /// Asks the node to stop; `kill` gives it no time.
  func stop() { if process.isRunning { process.terminate() } }
  func kill() { if process.isRunning { Foundation.kill(pid, SIGKILL) } }

  /// Waits for the process's end; its exit code, or nil when it had to be ended by force after `seconds`.
  func wait(seconds: Int) -> Int32? {
    for _ in 0..<seconds * 100 {
      if !process.isRunning { return process.terminationStatus }
      sleepMS(10)
    }
    kill()
    process.waitUntilExit()
    return nil
  }
}
