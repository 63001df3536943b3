import Foundation
import LinuxNet
import MixNet

/// A node as a process of its own.
final class ChildNode {
  private let process = Process()
  private let output = Pipe()
  private let log: String
  private let name: String
  private var ready: [String: Any] = [:]

  /// Runs `program` on a configuration in a folder of its own, and waits until it is ready.
  init(_ name: String, program: String, folder: String, config: String) throws(BenchError) {
    self.name = name
    log = "\(folder)/log"
    do {
      try writeFile("\(folder)/plugins.toml", Array(config.utf8), mode: 0o600)
      try Data().write(to: URL(fileURLWithPath: log))
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = ["run", "\(folder)/plugins.toml", "--json"]
      process.environment = [:]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
      try process.run()
    } catch { throw BenchError("\(program) cannot be started: \(error)") }
    try waitUntilReady()
  }

  deinit { if process.isRunning { kill(pid, SIGKILL) } }

  var pid: Int32 { process.processIdentifier }

  private func waitUntilReady() throws(BenchError) {
    var line: [UInt8] = []
    while !line.contains(0x0a) {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { throw BenchError("the node '\(name)' did not start: \(lastWords)") }
      line += Array(data)
    }
    ready = (try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]) ?? [:]
  }

  private var lastWords: String {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return text.isEmpty ? "it said nothing" : text.split(separator: "\n").joined(separator: "; ")
  }

  /// Where it listens: a chain's name, or `clients`.
  func address(_ name: String) throws(BenchError) -> Address {
    let listens = ready["listens"] as? [String: Any]
    guard let address = (listens?[name] as? String).flatMap(Address.init) else {
      throw BenchError("the node '\(self.name)' does not listen for '\(name)'")
    }
    return address
  }

  /// Processor time that it has used.
  var cpu: Nanos { ProcessUsage.cpuTime(pid: pid) ?? .zero }

  /// The packets that it says it has dropped, for all reasons.
  func dropped() throws(BenchError) -> Int {
    var sum = 0
    for chain in try status()["chains"] as? [[String: Any]] ?? [] {
      for drop in chain["dropped"] as? [[String: Any]] ?? [] { sum += drop["count"] as? Int ?? 0 }
    }
    return sum
  }

  private func status() throws(BenchError) -> [String: Any] {
    guard let address = (ready["status"] as? String).flatMap(Address.init) else {
      throw BenchError("the node '\(name)' does not say where it tells its status")
    }
    var answer: [UInt8]?
    let load = try Load()
    let stream = try load.connect(address) { id in
      Stream(id, load.network, isConnecting: true) { frame in answer = frame.indices.map { frame[$0] } }
    }
    try load.wait("connecting to the status of '\(name)'") { stream.isOpen }
    stream.say([0, 0, 0, 0])
    try load.wait("the status of '\(name)'") { answer != nil }
    load.close()
    let object = try? JSONSerialization.jsonObject(with: Data(answer ?? []))
    guard let status = object as? [String: Any] else { throw BenchError("the status of '\(name)' is no JSON") }
    return status
  }

  /// Stops it; a sentence when it did not end as it should.
  func stop() -> String? {
    process.terminate()
    for _ in 0..<1_000 where process.isRunning { usleep(10_000) }
    guard !process.isRunning else {
      kill(pid, SIGKILL)
      return "the node '\(name)' did not stop"
    }
    return process.terminationStatus == 0 ? nil : "the node '\(name)' ended with \(process.terminationStatus): \(lastWords)"
  }
}

/// A folder that is gone after use.
final class BenchFolder {
  let path: String

  init() throws(BenchError) {
    // Unix sockets in it need short paths.
    let base = NSTemporaryDirectory()
    var name = Array("\(base)\(base.hasSuffix("/") ? "" : "/")hearsay-bench-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&name) != nil else { throw BenchError("no folder can be made in \(base)") }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A folder in it.
  func folder(_ name: String) throws(BenchError) -> String {
    do throws(StorageError) { try makeFolder("\(path)/\(name)", mode: 0o700) } catch {
      throw BenchError(error.description)
    }
    return "\(path)/\(name)"
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
