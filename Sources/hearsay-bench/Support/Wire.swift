import Glibc
import LinuxNet
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

  /// From now on the kernel notes when bytes come, for ``readStamped(into:)``.
  func stampReads() { set(SOL_SOCKET, SO_TIMESTAMPNS, Int32(1)) }

  /// Reads what is there, at least one byte, and says when the last of it came to the socket, however long it has lain there since.
  @unsafe func readStamped(into bytes: UnsafeMutableRawBufferPointer) throws(BenchError) -> (count: Int, came: Instant)
  {
    var control = InlineArray<8, UInt64>(repeating: 0)
    var slice = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
    while true {
      var controlSize = 0
      let count = unsafe withUnsafeMutablePointer(to: &slice) { slice in
        unsafe withUnsafeMutablePointer(to: &control) { control in
          var message = unsafe msghdr()
          unsafe (message.msg_iov, message.msg_iovlen) = (slice, 1)
          unsafe (message.msg_control, message.msg_controllen) = (UnsafeMutableRawPointer(control), 64)
          let count = unsafe recvmsg(socket, &message, 0)
          controlSize = unsafe message.msg_controllen
          return count
        }
      }
      if count > 0 { return (count, Self.time(control, controlSize)) }
      if count == 0 { throw BenchError("a connection was ended by the other side") }
      if errno == EAGAIN { throw BenchError("nothing came for ten seconds: something is lost") }
      if errno != EINTR { throw failure("read") }
    }
  }

  /// The time in a control message: its size, level and type in two words, then seconds and nanoseconds of the wall clock.
  private static func time(_ control: InlineArray<8, UInt64>, _ size: Int) -> Instant {
    let clock = SystemClock()
    let (now, wall) = (clock.now, clock.wall)
    guard size >= 32, control[1] == UInt64(SO_TIMESTAMPNS) << 32 | UInt64(SOL_SOCKET) else { return now }
    let stamp = Int64(bitPattern: control[2] &* 1_000_000_000 &+ control[3])
    let past = UInt64(max(0, wall.ns - stamp))
    return Instant(ns: now.ns - min(now.ns, past))
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
