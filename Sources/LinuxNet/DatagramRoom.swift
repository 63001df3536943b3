import CSys
import Glibc
import MixNet

/// Where the networks of a thread take and send datagrams, one network after the other, so that it stays in the processor's cache.
final class DatagramRoom {
  /// So many are taken at once.
  let capacity = Int(sys_datagrams_max)
  private let bytes: UnsafeMutableRawBufferPointer
  private let sizes: UnsafeMutablePointer<Int>
  private let senders: UnsafeMutablePointer<sys_peer>
  private let targets: UnsafeMutablePointer<sys_peer>

  init() {
    bytes = .allocate(byteCount: capacity * datagramMax, alignment: 16)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    sizes = .allocate(capacity: capacity)
    sizes.initialize(repeating: 0, count: capacity)
    senders = .allocate(capacity: capacity)
    senders.initialize(repeating: sys_peer(), count: capacity)
    targets = .allocate(capacity: Int(sys_targets_max))
    targets.initialize(repeating: sys_peer(), count: Int(sys_targets_max))
  }

  deinit {
    bytes.deallocate()
    sizes.deallocate()
    senders.deallocate()
    targets.deallocate()
  }

  /// Takes what waits, at most so many; says how many there were.
  func fill(from descriptor: Int32, atMost count: Int) -> Int {
    let asked = Int32(min(count, capacity))
    return max(0, Int(sys_receive_datagrams(descriptor, bytes.baseAddress, datagramMax, asked, sizes, senders)))
  }

  /// One of those that were taken last; nil for one that is too large.
  subscript(number: Int) -> (bytes: UnsafeRawBufferPointer, from: Address)? {
    guard sizes[number] <= datagramMax, let from = SocketAddress(senders[number]).address else { return nil }
    let begin = number * datagramMax
    return (UnsafeRawBufferPointer(rebasing: bytes[begin..<begin + sizes[number]]), from)
  }

  /// Sends a datagram to each of some addresses; says to how many it could not be sent now.
  func send(_ datagram: UnsafeRawBufferPointer, to addresses: [Address], on descriptor: Int32) -> Int {
    var (unsent, next) = (0, 0)
    while next < addresses.count {
      var count = 0
      while next < addresses.count, count < Int(sys_targets_max) {
        if let name = SocketAddress(addresses[next]) {
          targets[count] = name.peer
          count += 1
        } else {
          unsent += 1
        }
        next += 1
      }
      unsent += send(datagram, toTargets: count, on: descriptor)
    }
    return unsent
  }

  private func send(_ datagram: UnsafeRawBufferPointer, toTargets count: Int, on descriptor: Int32) -> Int {
    var (unsent, next, isSecond) = (0, 0, false)
    while next < count {
      let left = Int32(count - next)
      let sent = sys_send_datagrams(descriptor, datagram.baseAddress, datagram.count, targets + next, left)
      next += max(0, Int(sent))
      guard sent < left else { break }
      if sent >= 0 {
        isSecond = false
      } else if sent == -ECONNREFUSED, !isSecond {
        // An error of an earlier datagram, told once: the next try is this one's.
        isSecond = true
      } else if sent == -EAGAIN || sent == -ENOBUFS {
        // There is no room for the others either.
        return unsent + count - next
      } else {
        (unsent, next, isSecond) = (unsent + 1, next + 1, false)
      }
    }
    return unsent
  }
}
