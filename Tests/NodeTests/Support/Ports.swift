import Glibc
import LinuxNet
import MixNet
import Synchronization

/// Ports of this machine that are free, for nodes that must know each other before they start.
///
/// They lie below those that the system gives away by itself, each is handed out once in this process, and another process
/// begins elsewhere, so that tests that run side by side do not meet.
enum Ports {
  private static let range: ClosedRange<UInt16> = 10_000...32_000
  private static let next = Mutex(UInt16(10_000 + Int(getpid()) * 97 % 20_000))

  /// `count` ports in a row.
  static func take(_ count: Int) throws -> UInt16 {
    for _ in 0..<1_000 {
      let first = next.withLock { next -> UInt16 in
        if Int(next) + count > Int(range.upperBound) { next = range.lowerBound }
        defer { next += UInt16(count) }
        return next
      }
      if try areFree(first, count) { return first }
    }
    throw Missing("no free ports")
  }

  private static func areFree(_ first: UInt16, _ count: Int) throws -> Bool {
    let network = try EpollNetwork()
    for number in 0..<UInt16(count) {
      guard let listener = try? network.listen(.loopback(port: first + number), backlog: 1) else { return false }
      network.close(listener)
    }
    return true
  }
}
