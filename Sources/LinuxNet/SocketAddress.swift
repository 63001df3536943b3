import CSys
import Glibc
import MixNet

/// An ``Address`` as the system wants it.
struct SocketAddress {
  private var storage = sockaddr_storage()
  private(set) var size: socklen_t

  /// An empty place for the system to fill.
  init() { size = socklen_t(MemoryLayout<sockaddr_storage>.size) }

  /// The system's form of `address`; nil for a path that a Unix socket cannot have, and for a name.
  init?(_ address: Address) {
    switch address {
    case .ipv4(let host, let port):
      size = socklen_t(MemoryLayout<sockaddr_in>.size)
      edit(sockaddr_in.self) {
        $0.sin_family = sa_family_t(AF_INET)
        $0.sin_port = port.bigEndian
        $0.sin_addr.s_addr = host.word.bigEndian
      }
    case .ipv6(let host, let port):
      size = socklen_t(MemoryLayout<sockaddr_in6>.size)
      edit(sockaddr_in6.self) {
        $0.sin6_family = sa_family_t(AF_INET6)
        $0.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &$0.sin6_addr) {
          $0.storeBytes(of: host.high.bigEndian, as: UInt64.self)
          $0.storeBytes(of: host.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
      }
    case .name: return nil
    case .unix(let path):
      let bytes = path.utf8
      guard !bytes.isEmpty, bytes.count <= Address.unixPathMax, !bytes.contains(0) else { return nil }
      size = socklen_t(MemoryLayout<sockaddr_un>.size)
      edit(sockaddr_un.self) {
        $0.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &$0.sun_path) { $0.copyBytes(from: bytes) }
      }
    }
  }

  /// The address that the system has left at `place`, of `length` bytes; empty for one that is too long.
  init(_ place: UnsafePointer<sockaddr>?, _ length: socklen_t) {
    size = length
    guard let place, Int(length) <= MemoryLayout<sockaddr_storage>.size else { return }
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: place, count: Int(length)))
    }
  }

  /// Who sent a datagram.
  init(_ peer: sys_peer) { (storage, size) = (peer.address, peer.size) }

  /// The same, for one that is to be sent.
  var peer: sys_peer { sys_peer(size: size, address: storage) }

  /// The address family.
  var family: Int32 { Int32(storage.ss_family) }

  /// The address; an unnamed Unix socket has an empty path. Nil for a family that this module does not use.
  var address: Address? {
    switch family {
    case AF_INET:
      return read(sockaddr_in.self) {
        .ipv4(InlineBytes4(word: UInt32(bigEndian: $0.sin_addr.s_addr)), port: UInt16(bigEndian: $0.sin_port))
      }
    case AF_INET6:
      return read(sockaddr_in6.self) { found in
        let host = withUnsafeBytes(of: found.sin6_addr) {
          InlineBytes16(
            high: UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
        return .ipv6(host, port: UInt16(bigEndian: found.sin6_port))
      }
    case AF_UNIX: return .unix(path)
    default: return nil
    }
  }

  private var path: String {
    let header = MemoryLayout<sockaddr_un>.size - (Address.unixPathMax + 1)
    let length = min(max(0, Int(size) - header), Address.unixPathMax)
    return read(sockaddr_un.self) { found in
      withUnsafeBytes(of: found.sun_path) { String(decoding: $0.prefix(length).prefix { $0 != 0 }, as: UTF8.self) }
    }
  }

  /// Calls `body` with what `bind`, `connect` and `sendto` take.
  func pass<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
    }
  }

  /// Calls `body` with what `getsockname` and `recvfrom` fill.
  mutating func fill<R>(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> R) -> R {
    size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { place in
      place.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
    }
  }

  /// The address that `descriptor` is bound to.
  static func local(of descriptor: Int32) -> Address? {
    var found = SocketAddress()
    return found.fill { getsockname(descriptor, $0, $1) } == 0 ? found.address : nil
  }

  /// The address that `descriptor` is connected to.
  static func remote(of descriptor: Int32) -> Address? {
    var found = SocketAddress()
    return found.fill { getpeername(descriptor, $0, $1) } == 0 ? found.address : nil
  }

  private mutating func edit<T>(_: T.Type, _ body: (inout T) -> Void) {
    withUnsafeMutablePointer(to: &storage) { place in
      place.withMemoryRebound(to: T.self, capacity: 1) { body(&$0.pointee) }
    }
  }

  private func read<T, R>(_: T.Type, _ body: (T) -> R) -> R {
    withUnsafePointer(to: storage) { place in
      place.withMemoryRebound(to: T.self, capacity: 1) { body($0.pointee) }
    }
  }
}
