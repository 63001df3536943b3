import Foundation
import Glibc

/// The real `hearsay` as a child that answers line by line. Waiting for it ends after a minute.
final class Coprocess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread: [UInt8] = []

  struct Silence: Error {}

  /// Starts the program that was built beside the tests.
  init(_ arguments: [String]) throws {
    process.executableURL = Program.built
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    try output.fileHandleForWriting.close()
  }

  deinit { if process.isRunning { process.terminate() } }

  /// Sends bytes as they are.
  func send(_ bytes: [UInt8]) throws { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

  /// Ends its input.
  func endInput() throws { try input.fileHandleForWriting.close() }

  /// Sends one line and waits for the answer, with the input still open.
  func ask(_ line: String) throws -> String {
    try send(Array((line + "\n").utf8))
    return try nextLine() ?? ""
  }

  /// Its next line; nil at the end of its output.
  func nextLine() throws -> String? {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      var entry = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 60_000) == 1 else { throw Silence() }
      let bytes = output.fileHandleForReading.availableData
      if bytes.isEmpty { return nil }
      unread += bytes
    }
  }

  /// Its exit code, once its output has ended.
  func exitCode() throws -> Int32 {
    guard try nextLine() == nil else { return -1 }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -2
  }
}
