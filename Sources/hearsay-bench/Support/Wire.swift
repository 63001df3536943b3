import Glibc
import MixNet

/// A TCP connection over loopback that waits: for room, for bytes, for at most ten seconds, after which it is an error.
final class Wire: Sendable {
  private let socket: Int32

  fileprivate init(_ socket: Int32) {
    self.socket = socket
    set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: 10, tv_usec: 0))
    set(SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: 10, tv_usec: 0))
    set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
  }

  deinit { close(socket) }

  /// Connects to a port of this machine.
  convenience init(to port: UInt16) throws(BenchError) {
    self.init(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    guard unsafe loopback(port, { unsafe connect(socket, $0, $1) }) == 0 else { throw failure("connect") }
  }

  private func set<Value: BitwiseCopyable>(_ level: Int32, _ name: Int32, _ value: Value) {
    var value = value
    unsafe setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Value>.size))
  }

  /// Writes it all.
  func write(_ bytes: Span<UInt8>) throws(BenchError) {
    var done = 0
    while done < bytes.count {
      let rest = bytes.extracting(done...)
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(socket, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write") }
      done += count
    }
  }

  /// Reads what is there, at least one byte.
  @unsafe func read(into bytes: UnsafeMutableRawBufferPointer) throws(BenchError) -> Int {
    unsafe try withUnsafeTemporaryAllocation(of: iovec.self, capacity: 1) { (slices) throws(BenchError) in
      unsafe slices[0] = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      return unsafe try read(UnsafeBufferPointer(slices))
    }
  }

  /// Reads what is there, at least one byte, into the slices in their order.
  @unsafe func read(_ slices: UnsafeBufferPointer<iovec>) throws(BenchError) -> Int {
    while true {
      let count = unsafe readv(socket, slices.baseAddress, Int32(slices.count))
      if count > 0 { return count }
      if count == 0 { throw BenchError("a connection was ended by the other side") }
      if errno == EAGAIN { throw BenchError("nothing came for ten seconds: something is lost") }
      if errno != EINTR { throw failure("read") }
    }
  }
}

/// A listening socket on a port that the system chose.
final class WirePort: Sendable {
  private let socket: Int32
  let port: UInt16

  init() throws(BenchError) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.socket = socket
    let isBound = unsafe loopback(0) { unsafe bind(socket, $0, $1) } == 0
    guard isBound, listen(socket, 1) == 0 else { throw failure("listen") }
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(socket, $0, &size) }
    }
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(socket) }

  /// Waits for the next connection.
  func accept() throws(BenchError) -> Wire {
    var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&entry, 1, 10_000) == 1 else { throw BenchError("nobody connected") }
    return Wire(Glibc.accept(socket, nil, nil))
  }
}

@unsafe private func loopback(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  return unsafe withUnsafePointer(to: &address) {
    unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}

private func failure(_ what: String) -> BenchError { unsafe BenchError("\(what): \(String(cString: strerror(errno)))") }
