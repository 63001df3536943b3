import Glibc
import MixNet

@testable import LinuxNet

/// A listening socket in the hands of a test: a node that is none, or a program behind a service.
final class Listener: @unchecked Sendable {
  /// Where it listens.
  let address: Address
  private var descriptor: Int32

  /// Listens at `address`; `window` makes the receive buffers of what it accepts so small, in bytes.
  init(_ address: Address, window: Int32? = nil) throws {
    guard let name = SocketAddress(address) else { throw Missing("no such address") }
    let descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    if var window { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size)) }
    guard name.pass({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 16) == 0,
      let bound = SocketAddress.local(of: descriptor)
    else { throw Missing("cannot listen at \(address): \(String(cString: strerror(errno)))") }
    (self.address, self.descriptor) = (bound, descriptor)
  }

  deinit { close() }

  /// The next one who connects.
  func accept(within seconds: Int = 10) throws -> Wire {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let accepted = Glibc.accept(descriptor, nil, nil)
    guard accepted >= 0 else { throw Missing("nobody connects") }
    return Wire(accepted: accepted)
  }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }
}
