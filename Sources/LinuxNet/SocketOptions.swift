import Glibc

/// The few options that sockets are given here.
enum SocketOptions {
  /// A new socket of `family`, non-blocking and closed on exec; nil leaves the reason in `errno`.
  static func open(family: Int32, stream: Bool) -> Descriptor? {
    let kind = stream ? SOCK_STREAM : SOCK_DGRAM
    let flags = SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    return Descriptor(socket(family, Int32(kind.rawValue | flags), 0))
  }

  /// Sets a flag; false leaves the reason in `errno`.
  @discardableResult
  static func set(_ socket: Int32, _ level: Int32, _ name: Int32, _ value: Int32 = 1) -> Bool {
    var value = value
    return setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  /// Small frames leave at once, and a host that is gone is found in half a minute though nobody has anything to say to it
  /// (tcp(7)): a client, or a program that knows no pings. A Unix socket has no such options and needs none.
  static func prepare(_ socket: Int32) {
    let tcp = Int32(IPPROTO_TCP)
    guard set(socket, tcp, TCP_NODELAY) else { return }
    set(socket, SOL_SOCKET, SO_KEEPALIVE)
    set(socket, tcp, TCP_KEEPIDLE, 15)
    set(socket, tcp, TCP_KEEPINTVL, 5)
    set(socket, tcp, TCP_KEEPCNT, 3)
    set(socket, tcp, TCP_USER_TIMEOUT, 30_000)
  }

  /// Makes an IPv6 socket take IPv6 alone, so that `[::]:9001` and `0.0.0.0:9001` are two addresses on every system.
  static func separateFamilies(_ socket: Int32, family: Int32) {
    if family == AF_INET6 { set(socket, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
  }

  /// Makes the close that follows a reset.
  static func resetOnClose(_ socket: Int32) {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  }

  /// Takes and clears the error that the socket holds; 0 for none.
  static func takeError(_ socket: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
  }

  /// Throws away what has come in and was not read.
  ///
  /// Closing a socket with unread input tells the other side of a reset, which may cost it what was written last. Only
  /// what is already here goes: of TCP in one call that copies nothing, of a Unix socket 64 KiB at most.
  static func discardInput(_ socket: Int32) {
    let gone = recv(socket, nil, 1 << 24, Int32(MSG_TRUNC | MSG_DONTWAIT))
    guard gone < 0, errno == EFAULT else { return }
    var scratch = InlineArray<1_024, UInt8>(repeating: 0)
    withUnsafeMutableBytes(of: &scratch) { room in
      for _ in 0..<64 where recv(socket, room.baseAddress, room.count, Int32(MSG_DONTWAIT)) < room.count { return }
    }
  }
}
