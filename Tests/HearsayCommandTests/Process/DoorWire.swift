import Glibc
import MixNet

@testable import HearsayCommand

/// A program at a door, with nothing between it and the socket.
final class DoorWire: @unchecked Sendable {
  private let descriptor: Int32
  private var isClosed = false

  struct Silence: Error {}

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      for (place, byte) in path.utf8.enumerated() where place < room.count - 1 { room[place] = byte }
    }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Silence() }
  }

  deinit { close() }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    Glibc.close(descriptor)
  }

  func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

  func send(_ request: DoorRequest) { send(frame: request.bytes) }

  func send(frame: [UInt8]) {
    var bytes: [UInt8] = []
    bytes.appendNumber(UInt32(frame.count))
    send(bytes: bytes + frame)
  }

  func send(bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  /// The next frame; nil when the node has ended the connection.
  func answer() throws -> DoorAnswer? {
    guard let head = try read(4) else { return nil }
    guard let body = try read(Int(head.span.bigEndian(at: 0, as: UInt32.self))) else { return nil }
    return DoorAnswer(body)
  }

  private func read(_ count: Int) throws -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var have = 0
    while have < count {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 60_000) == 1 else { throw Silence() }
      let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + have }, count - have, 0) }
      if got <= 0 { return nil }
      have += got
    }
    return bytes
  }
}
