import Glibc
import MixNet

@testable import LinuxNet

/// One end of a stream as a stranger's program has it: blocking calls with a time limit, and no manners of its own.
/// One thread may send while another receives; it is closed once both are done.
final class Wire: @unchecked Sendable {
  /// How the other side ended it.
  enum End { case finished, reset }

  private var descriptor: Int32

  /// Connects to `address`; `window` makes the receive buffer so small, in bytes.
  init(_ address: Address, window: Int32? = nil) throws {
    guard let name = SocketAddress(address) else { throw Missing("no such address") }
    descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    // The window is agreed on while connecting.
    if var window {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
    }
    guard descriptor >= 0, name.pass({ connect(descriptor, $0, $1) }) == 0 else {
      throw Missing("cannot connect to \(address): \(String(cString: strerror(errno)))")
    }
    SocketOptions.prepare(descriptor)
  }

  /// Takes over a socket that was accepted.
  init(accepted: Int32) { descriptor = accepted }

  deinit { close() }

  /// Sends all of `bytes`; false when the other side is gone or takes nothing for so long.
  @discardableResult
  func send(_ bytes: [UInt8], within seconds: Double = 30) -> Bool {
    limit(SO_SNDTIMEO, seconds)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  /// Sends as much as the other side takes now; says how much that was.
  func offer(_ bytes: [UInt8]) -> Int {
    let count = bytes.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
    return max(0, count)
  }

  /// So many bytes, or nil when they do not come.
  func receive(_ count: Int, within seconds: Double = 30) -> [UInt8]? {
    limit(SO_RCVTIMEO, seconds)
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let moved = bytes.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, 0)
      }
      if moved < 0, errno == EINTR { continue }
      guard moved > 0 else { return nil }
      done += moved
    }
    return bytes
  }

  /// The body of the next raw frame.
  func frame(within seconds: Double = 30) -> [UInt8]? {
    guard let head = receive(4, within: seconds) else { return nil }
    return receive(head.reduce(0) { $0 << 8 | Int($1) }, within: seconds)
  }

  /// Reads whatever comes until the other side ends the stream; nil when it does not.
  func end(within seconds: Double = 30) -> End? {
    limit(SO_RCVTIMEO, seconds)
    var room = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &room, room.count, 0)
      if count == 0 { return .finished }
      if count < 0, errno != EINTR { return errno == ECONNRESET ? .reset : nil }
    }
  }

  /// Says that nothing more is sent.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Cuts it.
  func reset() {
    guard descriptor >= 0 else { return }
    SocketOptions.resetOnClose(descriptor)
    close()
  }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  private func limit(_ option: Int32, _ seconds: Double) {
    var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(seconds * 1e6) % 1_000_000)
    setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
  }
}

/// A raw frame: its length, then its body.
func raw(_ body: [UInt8]) -> [UInt8] { length(body.count) + body }

/// A frame of a peer link: its length, its kind, its body.
func peer(_ kind: FrameKind, _ body: [UInt8] = []) -> [UInt8] { length(body.count + 1) + [kind.rawValue] + body }

/// Four bytes, big-endian.
func length(_ count: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } }
