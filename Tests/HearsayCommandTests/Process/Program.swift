import Foundation
import Glibc
import OrderedJSON

@testable import HearsayCommand

/// The real `hearsay` in a process of its own, with what it says kept in files. It is ended with the object, if it has not
/// ended by itself.
final class Program {
  /// The program that was built beside the tests.
  static let built = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("hearsay")

  private let process = Process()
  private let folder: Folder
  private let name: String

  /// Starts it in a folder; at most `descriptors` files may be open in it at once, unless it `raises` that itself, and it may take
  /// `memory` bytes of its own.
  convenience init(
    _ arguments: [String], in folder: Folder, descriptors: Int? = nil, raises: Bool = false, memory: Int? = nil
  ) throws {
    let limits = [
      descriptors.map { "ulimit \(raises ? "-S" : "") -n \($0); " }, memory.map { "ulimit -d \($0 / 1_024); " },
    ].compactMap(
      \.self)
    if !limits.isEmpty {
      let limited = ["-c", limits.joined() + "exec \"$@\"", "sh", Self.built.path] + arguments
      try self.init(program: "/bin/sh", limited, in: folder)
    } else {
      try self.init(program: Self.built.path, arguments, in: folder)
    }
  }

  /// Starts some program of this machine.
  init(program: String, _ arguments: [String], in folder: Folder) throws {
    self.folder = folder
    name = "said-\(UInt32.random(in: 0 ... .max))"
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "TMPDIR": folder.path]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try folder.writer("\(name).out")
    process.standardError = try folder.writer("\(name).err")
    try process.run()
  }

  deinit {
    if process.isRunning { kill(pid, SIGKILL) }
    process.waitUntilExit()
  }

  var pid: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var output: String { folder.text("\(name).out") }
  var errors: String { folder.text("\(name).err") }
  /// The last line of its output, read as JSON.
  var answer: JSON? { output.split(separator: "\n").last.flatMap { JSON(Array($0.utf8)) } }

  func signal(_ number: Int32) { kill(pid, number) }

  /// Its exit code; nil when it has not ended in time, or not by itself.
  func exitCode(within seconds: Double = 120) -> Int32? {
    guard eventually(within: seconds, { !process.isRunning }) else { return nil }
    return process.terminationReason == .exit ? process.terminationStatus : nil
  }

  /// Files that it has open.
  var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0 }

  /// A number that the kernel keeps of it, such as `VmRSS`, in the kernel's unit.
  func kernelNumber(_ field: String) -> Int? {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(field):") }
    return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
  }
}

/// Looks every few milliseconds whether something is so; false when it is not so in time.
func eventually(within seconds: Double = 60, _ condition: () -> Bool) -> Bool {
  let end = DispatchTime.now() + seconds
  while !condition() {
    if DispatchTime.now() > end { return false }
    usleep(5_000)
  }
  return true
}

/// A folder that is gone after the test.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "hearsay-test-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func text(_ name: String) -> String { (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? "" }
  func bytes(_ name: String) -> [UInt8] { [UInt8](FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()) }
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }
  /// The files that are there; one that is still being written has a name with a dot first.
  func names(in folder: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []
    return all.filter { !$0.hasPrefix(".") }.sorted()
  }

  fileprivate func writer(_ name: String) throws -> FileHandle {
    try write(name, [])
    return try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(name)"))
  }
}
